"""Rule: add, and change nothing that is not ours. Parts that do not change are the same objects in the new Pod.

On a later call, or in a copied Pod, our own parts are brought to what we would write now; fields that others added to
them (resources by a LimitRanger, defaults by the API server) stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vault.wire import PLAN_VARIABLE
from webhook.injection.parts import Json, our_container, our_mounts, our_volumes
from webhook.planning import Injection
from webhook.pod import RawPod, is_our_container, is_our_volume_name


def inject(pod: RawPod, injection: Injection) -> RawPod:
    """Give the Pod with our parts in it. The input is never changed, and twice is once."""
    spec = pod["spec"]
    changed = {
        "initContainers": _with_our_container(spec.get("initContainers") or [], injection),
        "containers": [_mounted(each, injection) for each in spec.get("containers") or []],
        "volumes": _with_ours(spec.get("volumes") or [], our_volumes(injection), _is_our_volume, _name),
    }
    return {**pod, "spec": {**spec, **changed}}


def _with_our_container(containers: Sequence[Json], injection: Injection) -> list[Json]:
    others = [_mounted(each, injection) for each in containers if not is_our_container(each)]
    wanted = our_container(injection)
    for present in filter(is_our_container, containers):
        wanted = _container_merged(present, wanted)
    return [*others[: injection.position], wanted, *others[injection.position :]]


def _container_merged(present: Json, wanted: Json) -> Json:
    merged: Json = _merged(present, wanted)
    merged["env"] = _with_ours(present["env"], wanted["env"], _is_our_variable, _name)
    merged["volumeMounts"] = _with_ours(
        present.get("volumeMounts") or [], wanted["volumeMounts"], _is_our_mount, _name_and_path
    )
    return merged


def _merged(present: Any, wanted: Any) -> Any:
    """Give what we want, and beside it the fields of objects that we say nothing of."""
    if not (isinstance(present, dict) and isinstance(wanted, dict)):
        return wanted
    return {**present, **{name: _merged(present.get(name), value) for name, value in wanted.items()}}


def _mounted(container: Json, injection: Injection) -> Json:
    mounts = container.get("volumeMounts") or []
    wanted = our_mounts(injection, container.get("name", ""))
    if not wanted and not any(map(_is_our_mount, mounts)):
        return container
    return {**container, "volumeMounts": _with_ours(mounts, wanted, _is_our_mount, _name_and_path)}


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


def _is_our_variable(variable: Mapping[str, Any]) -> bool:
    return str(variable.get("name")).startswith(PLAN_VARIABLE)
