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
from webhook.shapes import mapping_in, number_in, objects_in, text_in, texts_in

CONTAINER_NAME = "omamori-init"
SIDECAR_NAME = "omamori-sidecar"
VERIFIER_NAME = "omamori-verify"
TOKEN_VOLUME = "omamori-token"  # noqa: S105 - the name of a volume
ENV_VOLUME = "omamori-env"
STATE_VOLUME = "omamori-state"
FILES_VOLUME = "omamori-files-"
LAUNCH_VOLUME = "omamori-launch-"
LAUNCH_DIRECTORY = "/omamori/launch"
LAUNCHER = f"{LAUNCH_DIRECTORY}/omamori-launch"
LAUNCH_FILE = f"{LAUNCH_DIRECTORY}/env"
ENV_FILES_LABEL = "omamori.dev/env-files"

_VOLUMES = (TOKEN_VOLUME, ENV_VOLUME, STATE_VOLUME)
_NUMBERED_VOLUMES = (FILES_VOLUME, LAUNCH_VOLUME)
_PROGRAMS = (CONTAINER_NAME, SIDECAR_NAME)
_CONTAINERS = (*_PROGRAMS, VERIFIER_NAME)
_LAUNCH = [LAUNCHER, LAUNCH_FILE, "--"]

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
    """One container that is not ours. `user` and `group` None: the image's. `mounts` are paths, ours left out.

    `variables` are the names that its `env` declares, ours left out; read only where somebody asks for variables.
    """

    name: str
    user: int | None
    group: int | None
    mounts: tuple[str, ...]
    is_tool: bool
    has_our_parts: bool
    has_command: bool
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pod:
    """The facts. `is_injected`: our container with its Plan is there already.

    `limits` and `requests` are the Pod's own (KEP-2837), by resource. `misused_names` are reserved names that are not
    ours. `fs_group` None: not set. `env_files_node` is what its nodeSelector says of ENV_FILES_LABEL, None: nothing.
    """

    namespace: str
    service_account: str
    containers: tuple[Container, ...]
    init_containers: tuple[Container, ...]
    fs_group: int | None
    env_files_node: str | None
    shares_processes: bool
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
    """Whether this is a container that we add: the one with the Plan, or the one that tries an env file."""
    name, variables = container.get("name"), container.get("env")
    if not isinstance(variables, list):
        return False
    if name in _PROGRAMS:
        return any(isinstance(each, dict) and each.get("name") == PLAN_VARIABLE for each in variables)
    return name == VERIFIER_NAME and any(map(is_our_variable, variables))


def is_our_volume_name(name: object) -> bool:
    """Whether a volume of this name is ours, in a Pod that has our container."""
    if not isinstance(name, str) or not name.startswith("omamori-"):
        return False
    if name in _VOLUMES:
        return True
    number = name.rpartition("-")[2]
    return number.isascii() and number.isdigit() and name.removesuffix(number) in _NUMBERED_VOLUMES


def is_our_variable(variable: object) -> bool:
    """Whether an item of a container's `env` is read from our env file."""
    source = variable.get("valueFrom") if isinstance(variable, dict) else None
    if not isinstance(source, dict):
        return False
    reference = source.get("fileKeyRef")
    return isinstance(reference, dict) and reference.get("volumeName") == ENV_VOLUME


def is_our_part(part: object) -> bool:
    """Whether an item of a Pod's list (a container, a volume, a mount, a variable) is reserved for us."""
    name = part.get("name") if isinstance(part, dict) else None
    if isinstance(name, str) and name.startswith("omamori-"):
        return name in _CONTAINERS or is_our_volume_name(name)
    return is_our_variable(part)


def without_launcher(command: Any) -> Any:
    """Give a command as its author wrote it."""
    if not isinstance(command, list):
        return command
    for start, word in enumerate(command):
        if word == LAUNCHER and command[start : start + len(_LAUNCH)] == _LAUNCH:
            return command[:start] + command[start + len(_LAUNCH) :]
    return command


def with_launcher(command: list[Any]) -> list[Any]:
    """Put our launcher in front of a command; behind Argo's emissary, which must stay the first (rule R11).

    The emissary's own words end with the first `--`.
    """
    start = 0
    if len(command) > 1 and str(command[0]).endswith("/argoexec") and command[1] == "emissary" and "--" in command:
        start = command.index("--") + 1
    return [*command[:start], *_LAUNCH, *command[start:]]


def read_facts(
    raw: RawPod, namespace: str, tool_containers: tuple[str, ...] = (), *, with_variables: bool = False
) -> Pod:
    """Read the facts of a Pod. `namespace` is the request's: the object's own may be empty. Raises MalformedReview.

    The containers' variables are read only if asked for, or where we have added some: they are most of many Pods.
    """
    metadata = mapping_in(raw, "metadata")
    spec = mapping_in(raw, "spec")
    labels = mapping_in(metadata, "labels")
    node = mapping_in(spec, "nodeSelector")
    security = mapping_in(spec, "securityContext")
    resources = mapping_in(spec, "resources")
    raw_containers = list(objects_in(spec, "containers"))
    raw_init = list(objects_in(spec, "initContainers"))
    others = [each for each in raw_init if not is_our_container(each)]
    is_injected = len(others) < len(raw_init)
    with_variables = with_variables or is_injected
    user, group = number_in(security, "runAsUser"), number_in(security, "runAsGroup")

    def container(raw_container: Mapping[str, Any]) -> Container:
        name = text_in(raw_container, "name")
        own_security = mapping_in(raw_container, "securityContext")
        mounts = [
            each for each in objects_in(raw_container, "volumeMounts") if not is_our_volume_name(each.get("name"))
        ]
        all_variables = objects_in(raw_container, "env") if with_variables else ()
        variables = [each for each in all_variables if not is_our_variable(each)]
        has_our_mounts = len(mounts) < len(raw_container.get("volumeMounts") or ())
        return Container(
            name=name,
            user=number_in(own_security, "runAsUser", user),
            group=number_in(own_security, "runAsGroup", group),
            mounts=tuple([text_in(each, "mountPath") for each in mounts]),
            is_tool=name in tool_containers or (name in _TOOLS and (not _TOOLS[name] or _TOOLS[name] in labels)),
            has_our_parts=has_our_mounts or len(variables) < len(all_variables),
            has_command=bool(without_launcher(texts_in(raw_container, "command"))),
            variables=tuple([text_in(each, "name") for each in variables]),
        )

    containers = tuple([container(each) for each in raw_containers])
    init_containers = tuple([container(each) for each in others])
    return Pod(
        namespace=namespace,
        service_account=text_in(spec, "serviceAccountName") or text_in(spec, "serviceAccount") or "default",
        containers=containers,
        init_containers=init_containers,
        fs_group=number_in(security, "fsGroup"),
        env_files_node=text_in(node, ENV_FILES_LABEL) if ENV_FILES_LABEL in node else None,
        shares_processes=spec.get("shareProcessNamespace") is True,
        is_injected=is_injected,
        is_mirror="kubernetes.io/config.mirror" in mapping_in(metadata, "annotations"),
        is_windows=mapping_in(spec, "os").get("name") == "windows" or node.get("kubernetes.io/os") == "windows",
        is_guaranteed=_is_guaranteed([*raw_containers, *others]),
        misused_names=tuple(_misused(spec, [*containers, *init_containers], is_injected=is_injected)),
        limits=_quantities(resources, "limits"),
        requests=_quantities(resources, "requests"),
    )


def _misused(spec: Mapping[str, Any], containers: list[Container], *, is_injected: bool) -> Iterator[str]:
    for container in containers:
        if container.name in _CONTAINERS:
            yield f"container {container.name}"
        if container.has_our_parts and not is_injected:
            yield f"a mount or a variable of container {container.name}"
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
