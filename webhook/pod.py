"""Rule: the facts of a Pod that decisions rest on, read once from its raw JSON, our own parts left out.

Facts
- The API server decodes and defaults a Pod before it calls webhooks, so shapes are right there; validation comes after
  us, so names may repeat or be missing. Any other caller may send anything: a wrong shape is MalformedReview.
- Our parts are known by reserved names together with a Plan. A copied Pod (Velero, `kubectl get -o yaml`) brings them
  along; a reserved name without a Plan was never ours.
- A container's effective user is its own `runAsUser`, else the Pod's, else the image's, which nobody here knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vault.wire import PLAN_VARIABLE
from webhook.shapes import mapping_in, number_in, objects_in, text_in

CONTAINER_NAME = "omamori-init"
TOKEN_VOLUME = "omamori-token"  # noqa: S105 - the name of a volume
FILES_VOLUME = "omamori-files-"
_VOLUMES = (TOKEN_VOLUME, FILES_VOLUME)

RawPod = Mapping[str, Any]

# containers that other tools add and that no author means: by name, and the label that its tool puts on the Pod
_TOOLS: Mapping[str, str] = {
    "istio-proxy": "",
    "linkerd-proxy": "",
    "daprd": "",
    "consul-dataplane": "",
    "vault-agent": "",
    "wait": "workflows.argoproj.io/workflow",
    "supervisor": "workflows.argoproj.io/workflow",
}


@dataclass(frozen=True, slots=True)
class Container:
    """One container that is not ours. `user` and `group` None: the image's. `mounts` are paths, ours left out."""

    name: str
    user: int | None
    group: int | None
    mounts: tuple[str, ...]
    is_tool: bool
    has_our_mounts: bool


@dataclass(frozen=True, slots=True)
class Pod:
    """The facts. `is_injected`: our container with its Plan is there already.

    `limits` and `requests` are the Pod's own (KEP-2837), by resource. `misused_names` are reserved names that are not
    ours. `fs_group` None: not set.
    """

    namespace: str
    service_account: str
    containers: tuple[Container, ...]
    init_containers: tuple[Container, ...]
    fs_group: int | None
    is_injected: bool
    is_mirror: bool
    is_windows: bool
    is_guaranteed: bool
    misused_names: tuple[str, ...]
    limits: tuple[tuple[str, str], ...]
    requests: tuple[tuple[str, str], ...]

    @property
    def all_containers(self) -> tuple[Container, ...]:
        """All of them, in the order in which they start."""
        return (*self.init_containers, *self.containers)


def is_our_container(container: Mapping[str, Any]) -> bool:
    """Whether this is the container that we add."""
    variables = container.get("env")
    return (
        container.get("name") == CONTAINER_NAME
        and isinstance(variables, list)
        and any(isinstance(each, dict) and each.get("name") == PLAN_VARIABLE for each in variables)
    )


def is_our_volume_name(name: object) -> bool:
    """Whether a volume of this name is ours, in a Pod that has our container."""
    if not isinstance(name, str) or not name.startswith(_VOLUMES):
        return False
    number = name.removeprefix(FILES_VOLUME)
    return name == TOKEN_VOLUME or (number != name and number.isascii() and number.isdigit())


def is_our_part(part: object) -> bool:
    """Whether an item of a Pod's list (a container, a volume, a mount) has a name that is reserved for us."""
    name = part.get("name") if isinstance(part, dict) else None
    return name == CONTAINER_NAME or is_our_volume_name(name)


def read_facts(raw: RawPod, namespace: str, tool_containers: tuple[str, ...] = ()) -> Pod:
    """Read the facts of a Pod. `namespace` is the request's: the object's own may be empty. Raises MalformedReview."""
    metadata = mapping_in(raw, "metadata")
    spec = mapping_in(raw, "spec")
    labels = mapping_in(metadata, "labels")
    security = mapping_in(spec, "securityContext")
    resources = mapping_in(spec, "resources")
    raw_containers = list(objects_in(spec, "containers"))
    raw_init = list(objects_in(spec, "initContainers"))
    others = [each for each in raw_init if not is_our_container(each)]
    is_injected = len(others) < len(raw_init)
    user, group = number_in(security, "runAsUser"), number_in(security, "runAsGroup")

    def container(raw_container: Mapping[str, Any]) -> Container:
        name = text_in(raw_container, "name")
        own_security = mapping_in(raw_container, "securityContext")
        mounts = [each for each in objects_in(raw_container, "volumeMounts") if not is_our_part(each)]
        return Container(
            name=name,
            user=number_in(own_security, "runAsUser", user),
            group=number_in(own_security, "runAsGroup", group),
            mounts=tuple([text_in(each, "mountPath") for each in mounts]),
            is_tool=name in tool_containers or (name in _TOOLS and (not _TOOLS[name] or _TOOLS[name] in labels)),
            has_our_mounts=len(mounts) < len(raw_container.get("volumeMounts") or ()),
        )

    containers = tuple([container(each) for each in raw_containers])
    init_containers = tuple([container(each) for each in others])
    return Pod(
        namespace=namespace,
        service_account=text_in(spec, "serviceAccountName") or text_in(spec, "serviceAccount") or "default",
        containers=containers,
        init_containers=init_containers,
        fs_group=number_in(security, "fsGroup"),
        is_injected=is_injected,
        is_mirror="kubernetes.io/config.mirror" in mapping_in(metadata, "annotations"),
        is_windows=mapping_in(spec, "os").get("name") == "windows"
        or mapping_in(spec, "nodeSelector").get("kubernetes.io/os") == "windows",
        is_guaranteed=_is_guaranteed([*raw_containers, *others]),
        misused_names=tuple(_misused(spec, [*containers, *init_containers], is_injected=is_injected)),
        limits=_quantities(resources, "limits"),
        requests=_quantities(resources, "requests"),
    )


def _misused(spec: Mapping[str, Any], containers: list[Container], *, is_injected: bool) -> Iterator[str]:
    for container in containers:
        if container.name == CONTAINER_NAME:
            yield f"container {CONTAINER_NAME}"
        if container.has_our_mounts and not is_injected:
            yield f"a mount of container {container.name}"
    if not is_injected:
        yield from (f"volume {each['name']}" for each in objects_in(spec, "volumes") if is_our_part(each))


def _quantities(resources: Mapping[str, Any], kind: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(quantity)) for name, quantity in mapping_in(resources, kind).items())


def _is_guaranteed(containers: list[Mapping[str, Any]]) -> bool:
    """Whether the Pod's quality of service is Guaranteed: limits for cpu and memory, and requests none or equal."""
    for each in containers:
        resources = mapping_in(each, "resources")
        limits, requests = mapping_in(resources, "limits"), mapping_in(resources, "requests")
        for name in ("cpu", "memory"):
            if name not in limits or requests.get(name, limits[name]) != limits[name]:
                return False
    return bool(containers)
