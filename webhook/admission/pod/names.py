"""The names and paths that are reserved for omamori in a Pod, each once."""

from __future__ import annotations

from vault.contract.names import LAUNCHER_PROGRAM
from webhook.config.directories import OUR_DIRECTORY

CONTAINER_NAME = "omamori-init"
SIDECAR_NAME = "omamori-sidecar"
TOKEN_VOLUME = "omamori-token"  # noqa: S105 - the name of a volume
ENV_VOLUME = "omamori-env"
ENV_CHECK_VOLUME = "omamori-env-check"
STATE_VOLUME = "omamori-state"
EXTRA_VOLUME = "omamori-extra-secret"
TLS_VOLUME = "omamori-tls-secret"
CONFIG_VOLUME = "omamori-agent-config"
FILES_VOLUME = "omamori-files-"
LAUNCH_VOLUME = "omamori-launch-"
LAUNCH_DIRECTORY = f"{OUR_DIRECTORY}/launch"
LAUNCHER = f"{LAUNCH_DIRECTORY}/{LAUNCHER_PROGRAM}"
LAUNCH_FILE = f"{LAUNCH_DIRECTORY}/env"
ENV_CHECK_DIRECTORY = f"{OUR_DIRECTORY}/env-check"
ENV_FILES_LABEL = "omamori.dev/env-files"
RESERVED_CONTAINERS = (CONTAINER_NAME, SIDECAR_NAME)

# Mounted here, the API server's ServiceAccount plugin adds no API token to our container, and so does not change the
# Pod after us, which would call every webhook with reinvocationPolicy IfNeeded once more.
TOKEN_DIRECTORY = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path
TOKEN_FILE = f"{TOKEN_DIRECTORY}/token"
CA_FILE = f"{TOKEN_DIRECTORY}/ca.crt"
CLIENT_CERTIFICATE_FILE = f"{TOKEN_DIRECTORY}/client.crt"
CLIENT_KEY_FILE = f"{TOKEN_DIRECTORY}/client.key"
PROXY_USER_FILE = f"{TOKEN_DIRECTORY}/proxy-user"
PROXY_PASSWORD_FILE = f"{TOKEN_DIRECTORY}/proxy-password"
VOLUMES_DIRECTORY = OUR_DIRECTORY
TEMPLATES_DIRECTORY = f"{OUR_DIRECTORY}/templates"  # in our container: the Pod's volumes that templates are in
EXTRA_DIRECTORY = "/vault/custom"  # in our container alone, as vault-k8s has it
TLS_DIRECTORY = "/vault/tls"  # the same
CONFIG_DIRECTORY = "/vault/configs"  # the same: the ConfigMap of an agent configuration
STATE_DIRECTORY = f"{VOLUMES_DIRECTORY}/{STATE_VOLUME}"
