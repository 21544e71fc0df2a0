"""Rule: add, and change nothing that is not ours. Parts that do not change are the same objects in the new Pod.

On a later call, or in a copied Pod, our own parts are brought to what we would write now; fields that others added to
them (resources by a LimitRanger, defaults by the API server) stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vault.wire import PLAN_VARIABLE
from webhook.injection.parts import Json, is_launched, our_containers, our_mounts, our_variables, our_volumes
from webhook.planning import Injection
from webhook.pod import (
    ENV_FILES_LABEL,
    RawPod,
    is_our_container,
    is_our_variable,
    is_our_volume_name,
    with_launcher,
    without_launcher,
)


def inject(pod: RawPod, injection: Injection) -> RawPod:
    """Give the Pod with our parts in it. The input is never changed, and twice is once."""
    spec = pod["spec"]
    changed: Json = {
        "initContainers": _with_our_containers(spec.get("initContainers") or [], injection),
        "containers": [_served(each, injection) for each in spec.get("containers") or []],
        "volumes": _with_ours(spec.get("volumes") or [], our_volumes(injection), _is_our_volume, _name),
    }
    if injection.environment.label:
        changed["nodeSelector"] = {**(spec.get("nodeSelector") or {}), ENV_FILES_LABEL: "true"}
    return {**pod, "spec": {**spec, **changed}}


def _with_our_containers(containers: Sequence[Json], injection: Injection) -> list[Json]:
    others = [_served(each, injection) for each in containers if not is_our_container(each)]
    wanted = {each["name"]: each for each in our_containers(injection)}
    for present in filter(is_our_container, containers):
        if present["name"] in wanted:
            wanted[present["name"]] = _container_merged(present, wanted[present["name"]])
    return [*others[: injection.position], *wanted.values(), *others[injection.position :]]


def _container_merged(present: Json, wanted: Json) -> Json:
    merged: Json = _merged(present, wanted)
    merged["env"] = _with_ours(present["env"], wanted["env"], _is_part_of_plan, _name)
    merged["volumeMounts"] = _with_ours(
        present.get("volumeMounts") or [], wanted["volumeMounts"], _is_our_mount, _name_and_path
    )
    return merged


def _merged(present: Any, wanted: Any) -> Any:
    """Give what we want, and beside it the fields of objects that we say nothing of."""
    if not (isinstance(present, dict) and isinstance(wanted, dict)):
        return wanted
    return {**present, **{name: _merged(present.get(name), value) for name, value in wanted.items()}}


def _served(container: Json, injection: Injection) -> Json:
    """Give one of the Pod's containers with its mounts, its variables, and the launcher; the same one where none is."""
    name, mounts, variables = container.get("name", ""), container.get("volumeMounts"), container.get("env")
    our, ours = our_mounts(injection, name), our_variables(injection, name)
    command = container.get("command")
    changed: Json = {}
    if our or (injection.is_repeated and any(map(_is_our_mount, mounts or []))):
        changed["volumeMounts"] = _with_ours(mounts or [], our, _is_our_mount, _name_and_path)
    if ours or (injection.is_repeated and any(map(is_our_variable, variables or []))):
        # in front: the kubelet expands $(NAME) only from what it has read before
        changed["env"] = [*ours, *(each for each in variables or [] if not is_our_variable(each))]
    if is_launched(injection, name):
        changed["command"] = with_launcher(without_launcher(command))
    elif injection.is_repeated and without_launcher(command) is not command:
        changed["command"] = without_launcher(command)
    return {**container, **changed} if changed else container


def _with_ours(
    present: Sequence[Json],
    wanted: Sequence[Json],
    is_ours: Callable[[Json], bool],
    key: Callable[[Json], object],
) -> list[Json]:
    """Give the list with our items as wanted: in place where they are there, else at the end; no others of ours."""
    missing = {key(item): item for item in wanted}
    result = []
    for item in present:
        if not is_ours(item):
            result.append(item)
        elif key(item) in missing:
            result.append(_merged(item, missing.pop(key(item))))
    return [*result, *missing.values()]


def _name(item: Json) -> object:
    return item.get("name")


def _name_and_path(mount: Json) -> object:
    return mount.get("name"), mount.get("mountPath")


def _is_our_volume(volume: Mapping[str, Any]) -> bool:
    return is_our_volume_name(volume.get("name"))


def _is_our_mount(mount: Mapping[str, Any]) -> bool:
    return is_our_volume_name(mount.get("name"))


def _is_part_of_plan(variable: Mapping[str, Any]) -> bool:
    return str(variable.get("name")).startswith(PLAN_VARIABLE) or is_our_variable(variable)
