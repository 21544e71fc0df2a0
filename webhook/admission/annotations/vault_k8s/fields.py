"""From the annotations for the whole Pod to fields of the spec; what is wrong is added to the problems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vault.contract.shown import shown
from webhook.admission.annotations.pod_annotations import TemplateSpec
from webhook.admission.annotations.values import AgentContainer, Login, OnChange
from webhook.admission.annotations.vault_k8s.container_patch import NO_PATCH, ContainerPatch
from webhook.admission.annotations.vault_k8s.files import COMMAND, names_of
from webhook.admission.annotations.vault_k8s.given import Given
from webhook.admission.annotations.vault_k8s.surroundings import Surroundings
from webhook.admission.annotations.vault_k8s.table import DOMAIN
from webhook.admission.pod.names import TLS_DIRECTORY

PATCH = "agent-json-patch"
INIT_PATCH = "agent-init-json-patch"

_GROUP = 1000
# what vault-k8s sets in its containers, for templates: {{ env "POD_IP" }}
_POD_FIELDS = (("NAMESPACE", "metadata.namespace"), ("HOST_IP", "status.hostIP"), ("POD_IP", "status.podIP"))
_RESOURCES = {
    "agent-requests-cpu": "cpu",
    "agent-limits-cpu": "cpu-limit",
    "agent-requests-mem": "memory",
    "agent-limits-mem": "memory-limit",
    "agent-requests-ephemeral": "ephemeral-storage",
    "agent-limits-ephemeral": "ephemeral-storage-limit",
}


def parse_patch_of(given: Given, *, is_sidecar: bool) -> ContainerPatch:
    """Return the patch of our one container: of a sidecar that of vault-k8s' sidecar, else the init container's."""
    mine, other = (PATCH, INIT_PATCH) if is_sidecar else (INIT_PATCH, PATCH)
    passed_over = given.get(other, default=NO_PATCH)
    if passed_over not in (NO_PATCH, given.get(mine, default=NO_PATCH)):
        given.warn(f"{DOMAIN}/{other}", f"omamori has one container here, to which {mine} belongs; this is passed over")
    found: ContainerPatch = given.get(mine, default=NO_PATCH)
    return found


def parse_container(
    given: Given,
    around: Surroundings,
    files: Sequence[TemplateSpec],
    patch: ContainerPatch,
    login: Login,
    *,
    has_configuration: bool = False,
) -> AgentContainer:
    """Return the user and group of our container, and what it has besides. 0 is no user: it is never root.

    `has_configuration`: there may be other templates than `files`, which nobody has seen here.
    """
    user, group = given.get("agent-run-as-user"), given.get("agent-run-as-group")
    if given.get("agent-run-as-same-user"):
        user = around.first_user
        if not user:
            what = "the first container has no runAsUser, nor has the Pod, or it is root: state one, or leave this out"
            given.refuse(f"{DOMAIN}/agent-run-as-same-user", what)
    elif user == 0:
        given.warn(f"{DOMAIN}/agent-run-as-user", "omamori's container is never root; its user is chosen for the Pod")
    read = tuple(
        field
        for field in _POD_FIELDS
        if has_configuration or any(each.volume or field[0] in each.text for each in files)
    )
    fields: dict[str, Any] = {
        "raises_limits": True,
        "pod_fields": read,
        "variables": patch.variables,
        "probe_times": patch.times,
        "extra_secret": given.get("agent-extra-secret", default=""),
        "tls_secret": _tls_secret(given, login),
    }
    if not user:
        if group:
            given.warn(f"{DOMAIN}/agent-run-as-group", "the group is taken only with a user; omamori chooses both")
        return AgentContainer(**fields)
    return AgentContainer(user=user, group=_GROUP if group is None else group, **fields)


def _tls_secret(given: Given, login: Login) -> str:
    """Return the Secret with the client certificate, "" where no file of it is named: then nothing needs it."""
    secret: str = given.get("tls-secret", default="")
    named = (login.client_certificate_file, login.client_key_file)
    if any(each.startswith(f"{TLS_DIRECTORY}/") for each in named):
        return secret
    if secret:
        what = (
            "neither client-cert nor client-key names a file of it, and the CA is that of the administrator's settings"
        )
        given.warn(f"{DOMAIN}/tls-secret", what)
    return ""


def parse_containers(given: Given, around: Surroundings) -> tuple[str, ...] | None:
    """Return those of the named containers that are there. None: all of them get the files."""
    names = given.get("agent-inject-containers")
    if names is None:
        return None
    annotation = f"{DOMAIN}/agent-inject-containers"
    there = set(around.containers)
    found = tuple(name for name in names if name in there)
    if not found:
        given.refuse(annotation, f"names no container of the Pod; there are: {shown(', '.join(around.containers))}")
    elif len(found) < len(names):
        missing = shown(", ".join(name for name in names if name not in there))
        given.warn(annotation, f"there is no container {missing} in spec.containers; it is passed over")
    return found or None


def parse_sharing(given: Given, around: Surroundings) -> bool:
    """Return whether the Pod shall share its process namespace."""
    if not given.get("agent-share-process-namespace"):
        return False
    if around.forbids_sharing:
        what = "is true, and the Pod says shareProcessNamespace: false"
        given.refuse(f"{DOMAIN}/agent-share-process-namespace", what)
    return True


def parse_on_change(given: Given, *, is_sidecar: bool) -> OnChange | None:
    """Return what all commands say together: they are run after a change of any file."""
    found = dict(_commands(given))
    if not found:
        return None
    first, *others = found
    if not is_sidecar:
        given.warn(found[first], "nothing runs yet when an init container has written the files: no signal is sent")
        return None
    for each in others:
        given.refuse(found[each], f"another command than that of {shown(found[first])}: omamori sends one signal")
    return first


def _commands(given: Given) -> Iterator[tuple[OnChange, str]]:
    names = names_of(given)
    for row, name, annotation in given.all():
        command = given.get(row, name)
        if row == COMMAND and name in names and command is not None:
            yield command, annotation


def parse_resources(given: Given, patch: ContainerPatch) -> tuple[tuple[str, str], ...]:
    """Return the requests and limits that are given, by the names of omamori.dev/resources; the patch comes last."""
    stated = {name: given.get(row) for row, name in _RESOURCES.items()} | dict(patch.resources)
    return tuple((name, amount) for name, amount in stated.items() if amount)
