"""With `agent-configmap`: the author keeps vault agent's own configuration in a ConfigMap, which only the agent reads.

Facts
- vault-k8s' init container runs `config-init.hcl`, its sidecar `config.hcl`, both keys of the ConfigMap. With
  `agent-pre-populate-only` there is no sidecar, and with `agent-pre-populate: "false"` no init container.
- What vault-k8s would have put into a configuration of its own making (secrets, templates, the login) is in none then.
  Volumes are there all the same: at `secret-volume-path`, and at that of each secret.
"""

from __future__ import annotations

from collections.abc import Iterator

from webhook.admission.annotations.pod_annotations import OpenDirectory
from webhook.admission.annotations.values import AgentConfiguration, Login
from webhook.admission.annotations.vault_k8s import files
from webhook.admission.annotations.vault_k8s.given import Given
from webhook.admission.annotations.vault_k8s.surroundings import CONFIGURATION, Surroundings
from webhook.admission.annotations.vault_k8s.table import DOMAIN
from webhook.config.directories import parse_name

_SIDECAR, _INIT = "config.hcl", "config-init.hcl"
_DIRECTORY = "secret-volume-path[-<n>]"
# what is in a configuration of vault-k8s' own making
_UNSAID = (
    files.SECRET,
    files.TEMPLATE,
    files.FILE,
    files.COMMAND,
    files.TOKEN,
    "agent-inject-default-template",
    "agent-template-left-delim-<n>",
    "agent-template-right-delim-<n>",
    "agent-inject-file-<n>",
    "agent-inject-perms-<n>",
    "error-on-missing-key-<n>",
    "preserve-secret-case[-<n>]",
    "role",
    "auth-type",
    "auth-path",
    "auth-config-<p>",
    "namespace",
    "template-static-secret-render-interval",
)


def parse_configuration(given: Given, around: Surroundings, *, is_sidecar: bool) -> AgentConfiguration | None:
    """Return the configuration, None where there is none; warn of what says nothing beside it."""
    config_map = given.get("agent-configmap", default="")
    if not config_map:
        return None
    names = files.names_of(given)
    for row, name, annotation in given.all():
        has_directory = row == files.SECRET and given.get(_DIRECTORY, name)
        if row in _UNSAID and given.get(row, name) and not has_directory:
            given.warn(annotation, "says nothing beside agent-configmap: the agent configuration says it all")
        elif row == _DIRECTORY and name and name not in names:
            given.warn(annotation, f"there is no {DOMAIN}/agent-inject-secret-{name}, so it says nothing")
    if not is_sidecar:
        read: tuple[str, ...] = (_INIT,)
    elif given.get("agent-pre-populate", default=True):
        read = (_SIDECAR, _INIT)
    else:
        read = (_SIDECAR,)
    return AgentConfiguration(CONFIGURATION, config_map, read, tuple(_sources(around)))


def _sources(around: Surroundings) -> Iterator[tuple[str, str, str]]:
    """Yield the mounts that template files may be in: those whose places and paths are such as files have."""
    for place, volume, path in around.mounts:
        try:
            yield place, volume, parse_name(path) if path else ""
        except ValueError:
            continue  # the API server would refuse the Pod, or no file can be there


def parse_directories(given: Given) -> tuple[OpenDirectory, ...]:
    """Return the directories that the files of a configuration may be in: one for all, and those of secrets."""
    found = {given.get(_DIRECTORY) or files.DIRECTORY: CONFIGURATION}
    for name, annotation in sorted(files.names_of(given).items()):
        found.setdefault(given.get(_DIRECTORY, name) or files.DIRECTORY, annotation)
    return tuple(OpenDirectory(annotation=annotation, directory=place) for place, annotation in found.items())


def login_of(given: Given) -> Login:
    """Return what annotations say of the login all the same: which Vault it is."""
    return Login(
        address=given.get("service"), tls_server_name=given.get("tls-server-name") or None, has_foreign_role=True
    )
