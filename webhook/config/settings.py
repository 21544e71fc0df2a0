"""Everything the administrator decides, as one immutable value read from environment variables.

Every variable begins with `OMAMORI_`; docs/settings.md lists them. A Vault named `eu-west` has its own variables,
`OMAMORI_VAULT_EU_WEST_ADDRESS` and so on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from vault.contract.shown import quoted
from webhook.config.directories import parse_default_directory
from webhook.config.environ import PREFIX, Variables
from webhook.config.quantity import parse_quantity
from webhook.config.vault_settings import (
    DEFAULT_AUDIENCE,
    DEFAULT_ROLE_PATTERN,
    ConfigMapKey,
    VaultSettings,
    read_vault,
)

__all__ = [
    "DEFAULT_AUDIENCE",
    "DEFAULT_ROLE_PATTERN",
    "AgentSettings",
    "ConfigMapKey",
    "ServerSettings",
    "Settings",
    "VaultSettings",
    "from_environ",
]

DEFAULT_DIRECTORY = "/vault/secrets"
DENIED_NAMESPACES = ("kube-system", "kube-public", "kube-node-lease")

_VAULT_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

# github.com/distribution/reference, without its bound on lengths
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REGISTRY = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?"
_IMAGE = re.compile(
    rf"(?:{_REGISTRY}/)?{_COMPONENT}(?:/{_COMPONENT})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(?:@sha256:[0-9a-f]+)?"
)

EnvFiles = Literal["verify", "require", "assume", "never"]


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """The container that is added to Pods. Quantities are Kubernetes'.

    `unset_user` leaves its user to the platform, as OpenShift's security context constraints want it.
    """

    image: str
    pull_policy: str = "IfNotPresent"
    cpu_request: str = "20m"
    cpu_limit: str = "500m"
    memory_request: str = "32Mi"
    memory_limit: str = "64Mi"
    storage_request: str = ""
    storage_limit: str = ""
    deadline_seconds: int = 300
    token_seconds: int = 600
    unset_user: bool = False


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How the webhook listens, ends and logs. With a client CA, callers of /mutate must show a certificate of it."""

    certificate_file: str
    key_file: str
    host: str = "0.0.0.0"  # noqa: S104 - a server in a Pod listens on the Pod's address
    port: int = 8443
    log_level: str = "info"
    client_ca_file: str = ""
    drain_seconds: int = 15


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """All settings of the decision, made once and equal to themselves alone. `vaults` has at least one, by name.

    `env_files` is how it is known that a Pod's kubelet reads EnvFiles (KEP-3721): each Pod tries it; only nodes with a
    label are used; it is assumed; or they are not used. `allow_restart`: Pods may restart all containers on a change.
    """

    vaults: Mapping[str, VaultSettings]
    default_vault: str
    agent: AgentSettings
    directory: str = DEFAULT_DIRECTORY
    allowed_namespaces: tuple[str, ...] = ()
    denied_namespaces: tuple[str, ...] = DENIED_NAMESPACES
    tool_containers: tuple[str, ...] = ()
    env_files: EnvFiles = "verify"
    allow_restart: bool = False


def from_environ(environ: Mapping[str, str]) -> tuple[Settings, ServerSettings]:
    """Read all settings. Raises SettingsInvalid with every mistake at once."""
    variables = Variables(environ)
    names = _vault_names(variables)
    vaults = {name: read_vault(variables, name) for name in names}
    _check_audiences(variables, vaults)
    settings = Settings(
        vaults=vaults,
        default_vault=names[0] if names else "",
        agent=_agent(variables),
        directory=variables.parsed("DIRECTORY", parse_default_directory, DEFAULT_DIRECTORY),
        allowed_namespaces=variables.names("ALLOWED_NAMESPACES"),
        denied_namespaces=variables.names("DENIED_NAMESPACES", DENIED_NAMESPACES),
        tool_containers=variables.names("TOOL_CONTAINERS"),
        env_files=variables.choice("ENV_FILES", get_args(EnvFiles)),
        allow_restart=variables.boolean("ALLOW_RESTART"),
    )
    server = ServerSettings(
        certificate_file=variables.required("TLS_CERTIFICATE_FILE", "/tls/tls.crt"),
        key_file=variables.required("TLS_KEY_FILE", "/tls/tls.key"),
        host=variables.text("LISTEN_HOST", "0.0.0.0"),  # noqa: S104 - as above
        port=variables.number("LISTEN_PORT", 8443, most=65535),
        client_ca_file=variables.text("TLS_CLIENT_CA_FILE"),
        drain_seconds=variables.number("DRAIN_SECONDS", 15, most=300),
        log_level=variables.choice("LOG_LEVEL", ("info", "debug", "warning", "error")),
    )
    variables.finish()
    return settings, server


def _vault_names(variables: Variables) -> tuple[str, ...]:
    given = variables.words("VAULTS")
    names = tuple(dict.fromkeys(filter(_VAULT_NAME.fullmatch, given)))
    if not given:
        variables.note(
            "VAULTS", f"is missing; name your Vaults, the default one first, for example {PREFIX}VAULTS=main"
        )
    elif names != given:
        wrong = ", ".join(quoted(name) for name in given if name not in names) or "one twice"
        variables.note("VAULTS", f"has {wrong}; a Vault's name has lower-case letters, digits and '-'")
    return names


def _check_audiences(variables: Variables, vaults: Mapping[str, VaultSettings]) -> None:
    """A Vault that gets a token may use it at every Vault of the same audience."""
    one_domain = variables.boolean("ONE_TRUST_DOMAIN")
    audiences = [vault.audience for vault in vaults.values()]
    if len(set(audiences)) != len(audiences) and not one_domain:
        variables.note(
            "VAULTS",
            "names Vaults with the same audience, so that one could log in at the other as a Pod; give each an "
            f"_AUDIENCE of its own, or set {PREFIX}ONE_TRUST_DOMAIN=true",
        )


def _agent(variables: Variables) -> AgentSettings:
    agent = AgentSettings(
        image=variables.required("AGENT_IMAGE", "registry.example.com/omamori-agent:0.1.0", _parse_image),
        pull_policy=variables.choice("AGENT_PULL_POLICY", ("IfNotPresent", "Always", "Never")),
        cpu_request=variables.quantity("AGENT_CPU_REQUEST", "20m"),
        cpu_limit=variables.quantity("AGENT_CPU_LIMIT", "500m"),
        memory_request=variables.quantity("AGENT_MEMORY_REQUEST", "32Mi"),
        memory_limit=variables.quantity("AGENT_MEMORY_LIMIT", "64Mi"),
        storage_request=variables.quantity("AGENT_EPHEMERAL_STORAGE_REQUEST", ""),
        storage_limit=variables.quantity("AGENT_EPHEMERAL_STORAGE_LIMIT", ""),
        deadline_seconds=variables.number("AGENT_DEADLINE_SECONDS", 300, least=1, most=3600),
        token_seconds=variables.number("AGENT_TOKEN_SECONDS", 600, least=600, most=86400),
        unset_user=variables.boolean("AGENT_UNSET_USER"),
    )
    for resource, request, limit in (
        ("CPU", agent.cpu_request, agent.cpu_limit),
        ("MEMORY", agent.memory_request, agent.memory_limit),
        ("EPHEMERAL_STORAGE", agent.storage_request, agent.storage_limit),
    ):
        if request and limit and parse_quantity(request) > parse_quantity(limit):
            variables.note(f"AGENT_{resource}_REQUEST", "is more than the limit")
    return agent


def _parse_image(text: str) -> str:
    if not _IMAGE.fullmatch(text):
        raise ValueError(f"is {quoted(text)}, which is no name of an image, like registry.example.com/omamori-agent:1")
    return text
