"""The facts of a Pod that decisions rest on, read once from its raw JSON, our own parts left out.

Facts
- The API server decodes and defaults a Pod before it calls webhooks, so shapes are right there; validation comes after
  us, so names may repeat or be missing: such a Pod is refused here already. Any other caller may send anything: a wrong
  shape is MalformedReview.
- A container's effective user is its own `runAsUser`, else the Pod's, else the image's, which nobody here knows.
- They are made and hashed at each call, to look up what is remembered: tuples take half the time of frozen dataclasses.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Container as Names
from typing import Any, NamedTuple

from webhook.admission.limits import MAX_CONTAINERS, MAX_POD_PARTS
from webhook.admission.pod.amounts import is_guaranteed, least_storage, quantities
from webhook.admission.pod.names import ENV_CHECK_VOLUME, ENV_FILES_LABEL, LAUNCHER, RESERVED_CONTAINERS
from webhook.admission.pod.ownership import (
    RawPod,
    is_our_container,
    is_our_part,
    is_our_variable,
    is_our_volume_name,
    without_launcher,
)
from webhook.admission.pod.read_only import read_closed_mounts, read_closed_volumes
from webhook.admission.pod.references import Found, find_references, find_unresolved
from webhook.admission.pod.tools import is_tool
from webhook.admission.pod.volumes import read_volumes
from webhook.admission.pod.windows import read_windows
from webhook.admission.problems import Problem, Rejected
from webhook.admission.rawjson import mapping_in, number_in, objects_in, text_in, texts_in
from webhook.admission.reasons import Reason
from webhook.config.directories import normalized_mount

_POD_BYTES = 500
_TEXT_BYTES = 64  # its place in a tuple, and a share of the container


class Container(NamedTuple):
    """One container that is not ours. `user` and `group` None: the image's. `mounts` are normal paths, ours left out.

    `variables` are the names that its `env` declares, ours left out. `references` are the places (`command`,
    `variable URL`) of a `$(NAME)`, with its name; `unresolved` are those that neither the container nor a service
    gives. `closed_mounts` are those mounts in which nothing else can be mounted, with their kind (pod/read_only.py).
    Each is read only where somebody asks for it.
    """

    name: str
    user: int | None
    group: int | None
    mounts: tuple[str, ...]
    is_tool: bool
    has_our_parts: bool
    has_command: bool
    variables: tuple[str, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    unresolved: tuple[tuple[str, str], ...] = ()
    closed_mounts: tuple[tuple[str, str], ...] = ()


class PodFacts(NamedTuple):
    """The facts. `is_injected`: our container with its Plan is there already.

    `limits` and `requests` are the Pod's own (KEP-2837): cpu and memory. `misused_names` are reserved names without our
    container. `fs_group` None: not set. `env_files_node` is what its nodeSelector says of ENV_FILES_LABEL, None:
    nothing.
    `least_storage` is the smallest request and the smallest limit of ephemeral storage among its containers, "" where
    one of them has none: then no policy demands it of all. `volumes` are those that were asked for and are there, by
    name, with what is in them (pod/volumes.py).
    """

    namespace: str
    service_account: str
    containers: tuple[Container, ...]
    init_containers: tuple[Container, ...]
    fs_group: int | None
    env_files_node: str | None
    shares_processes: bool
    is_injected: bool
    is_windows: bool
    hints_at_windows: bool
    is_guaranteed: bool
    misused_names: tuple[str, ...]
    limits: tuple[tuple[str, str], ...]
    requests: tuple[tuple[str, str], ...]
    least_storage: tuple[str, str]
    volumes: tuple[tuple[str, str], ...] = ()

    @property
    def all_containers(self) -> tuple[Container, ...]:
        """All of them, in the order in which they start."""
        return (*self.init_containers, *self.containers)


def read_facts(
    raw: RawPod,
    namespace: str,
    tool_containers: tuple[str, ...] = (),
    *,
    with_variables: bool = False,
    with_closed_mounts: bool = False,
    referable: Collection[str] = (),
    possible: Names[str] | None = None,
    volumes: Collection[str] = (),
) -> PodFacts:
    """Read the facts of a Pod. `namespace` is the request's: the object's own may be empty.

    Raises MalformedReview, and Rejected for a Pod with too many parts. The names of the containers' variables are read
    only if asked for, or where we have added some: they are most of many Pods. So are closed mounts, only if asked for.
    References are those to `referable` names; the unresolved are those to `possible` ones, None: they are not read. Of
    volumes those of the names `volumes` are read.
    """
    metadata = mapping_in(raw, "metadata")
    spec = mapping_in(raw, "spec")
    raw_containers = objects_in(spec, "containers")
    raw_init = objects_in(spec, "initContainers")
    _check_size(spec, [*raw_containers, *raw_init])
    labels = mapping_in(metadata, "labels")
    node = mapping_in(spec, "nodeSelector")
    security = mapping_in(spec, "securityContext")
    resources = mapping_in(spec, "resources")
    others = [each for each in raw_init if not is_our_container(each)]
    is_injected = len(others) < len(raw_init)
    with_variables = with_variables or is_injected
    for each in (*raw_containers, *raw_init) if is_injected else ():
        _check_shape(each)
    found = find_references([*raw_containers, *others], referable)
    unresolved = [()] * len(found) if possible is None else find_unresolved([*raw_containers, *others], possible)
    user, group = number_in(security, "runAsUser"), number_in(security, "runAsGroup")
    windows = read_windows(spec)
    closed_volumes = read_closed_volumes(spec) if with_closed_mounts else None

    def container(raw_container: Mapping[str, Any], references: Found, unresolved: Found) -> Container:
        name = text_in(raw_container, "name")
        own_security = mapping_in(raw_container, "securityContext")
        all_mounts = objects_in(raw_container, "volumeMounts")
        paths = [text_in(each, "mountPath") for each in all_mounts if not is_our_volume_name(text_in(each, "name"))]
        # the mount of the check alone is no sign that it was served: a tool's container may have copied it
        copied = [each for each in all_mounts if is_injected and text_in(each, "name") == ENV_CHECK_VOLUME]
        has_our_mount = len(paths) + len(copied) < len(all_mounts)
        command = texts_in(raw_container, "command")
        others = _other_places(raw_container)
        return Container(
            name=name,
            user=number_in(own_security, "runAsUser", user),
            group=number_in(own_security, "runAsGroup", group),
            mounts=tuple([normalized_mount(path) for path in paths if path]) + others,
            is_tool=is_tool(name, labels, tool_containers),
            has_our_parts=has_our_mount or _has_our_variable(raw_container) or LAUNCHER in command,
            has_command=bool(without_launcher(command)),
            variables=_names(objects_in(raw_container, "env")) if with_variables else (),
            references=references,
            unresolved=unresolved,
            closed_mounts=read_closed_mounts(raw_container, closed_volumes, others)
            if closed_volumes is not None
            else (),
        )

    count = len(raw_containers)
    containers = tuple(map(container, raw_containers, found, unresolved))
    init_containers = tuple(map(container, others, found[count:], unresolved[count:]))
    return PodFacts(
        namespace=namespace,
        service_account=text_in(spec, "serviceAccountName") or text_in(spec, "serviceAccount") or "default",
        containers=containers,
        init_containers=init_containers,
        fs_group=number_in(security, "fsGroup"),
        env_files_node=text_in(node, ENV_FILES_LABEL) if ENV_FILES_LABEL in node else None,
        shares_processes=spec.get("shareProcessNamespace") is True,
        is_injected=is_injected,
        is_windows=windows.is_certain,
        hints_at_windows=windows.is_hinted_at,
        is_guaranteed=is_guaranteed([*raw_containers, *others]),
        misused_names=tuple(_misused(spec, [*containers, *init_containers], is_injected=is_injected)),
        limits=quantities(resources, "limits"),
        requests=quantities(resources, "requests"),
        least_storage=(least_storage(raw_containers, "requests"), least_storage(raw_containers, "limits")),
        volumes=read_volumes(spec, volumes) if volumes else (),
    )


def size_bytes(pod: PodFacts) -> int:
    """How much memory the facts take while something remembers them: their texts, and what holds them."""
    texts: list[str] = [pod.namespace, pod.service_account, *pod.misused_names]
    texts += [text for volume in pod.volumes for text in volume]
    for each in pod.all_containers:
        texts += [each.name, *each.mounts, *each.variables]
        pairs = (*each.references, *each.unresolved, *each.closed_mounts)
        texts += [text for pair in pairs for text in pair]
    return _POD_BYTES + sum(map(sys.getsizeof, texts)) + _TEXT_BYTES * len(texts)


def _check_size(spec: Mapping[str, Any], containers: Sequence[Mapping[str, Any]]) -> None:
    """Bound the work that a Pod's parts make, and hold on to its containers by name. Raises Rejected."""
    if len(containers) > MAX_CONTAINERS:
        raise Rejected([Problem(Reason.TOO_LARGE, "", f"the Pod has more than {MAX_CONTAINERS} containers")])
    parts = len(objects_in(spec, "volumes"))
    for each in containers:
        for name in ("volumeMounts", "env"):
            found = each.get(name)
            if isinstance(found, list):
                parts += len(found)
    names = {text_in(each, "name") for each in containers}
    if len(names) < len(containers) or "" in names:
        # what goes to a container is said by its name; the API server would refuse the Pod after us
        raise Rejected([Problem(Reason.NAMES, "", "each container of a Pod must have a unique name")])
    if parts > MAX_POD_PARTS:
        what = f"the Pod has more than {MAX_POD_PARTS} volumes, mounts and variables"
        raise Rejected([Problem(Reason.TOO_LARGE, "", what)])


def _check_shape(container: Mapping[str, Any]) -> None:
    """Check what injecting compares of parts of ours, where there may be any. Raises MalformedReview."""
    for each in objects_in(container, "env"):
        text_in(each, "name")
    for each in objects_in(container, "volumeMounts"):
        text_in(each, "name"), text_in(each, "mountPath")


def _has_our_variable(container: Mapping[str, Any]) -> bool:
    """Whether one of a container's variables is read from our env file."""
    return any(map(is_our_variable, [each for each in objects_in(container, "env") if "valueFrom" in each]))


def _names(variables: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple([text_in(each, "name") for each in variables if not is_our_variable(each)])


def _other_places(container: Mapping[str, Any]) -> tuple[str, ...]:
    """Where else the kubelet needs a mount point: for the termination message, and for block devices."""
    places = [text_in(container, "terminationMessagePath")]
    if "volumeDevices" in container:
        places += [text_in(each, "devicePath") for each in objects_in(container, "volumeDevices")]
    return tuple([normalized_mount(path) for path in places if path])


def _misused(spec: Mapping[str, Any], containers: list[Container], *, is_injected: bool) -> Iterator[str]:
    for container in containers:
        if container.name in RESERVED_CONTAINERS:
            yield f"container {container.name}"
        if container.has_our_parts and not is_injected:
            yield f"a mount, a variable or the command of container {container.name}"
    if not is_injected:
        yield from (f"volume {each['name']}" for each in objects_in(spec, "volumes") if is_our_part(each))
