"""Add our parts to a Pod without changing other parts. Unchanged parts are the same objects in the new Pod.

On a later call, or in a copied Pod, our own parts are replaced by what we would write now. Of additions by others, only
listed fields stay: defaults of the API server, and what a LimitRanger and OpenShift's security context constraints
set; mounts and variables do not. So our container satisfies *restricted* whatever a copied Pod contains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from webhook.admission.plan.podspec import Json, Parts
from webhook.admission.pod.names import ENV_FILES_LABEL
from webhook.admission.pod.ownership import (
    LAUNCH,
    RawPod,
    is_our_container,
    is_our_variable,
    is_our_volume_name,
    without_launcher,
)
from webhook.admission.rawjson import objects_in

# The fields of our own parts that others may have set, where we say nothing of them, with what they may be: a default
# of the API server, in a range, or one of these types. "*" is any name.
_AMOUNTS = {"*": (str, int, float)}
_KEPT_IN_CONTAINER = {
    "terminationMessagePath": (str,),
    "startupProbe": {"successThreshold": 1},
    "resources": {"limits": _AMOUNTS, "requests": _AMOUNTS},  # LimitRanger
    # OpenShift: SecurityContextConstraints give user, which *restricted* wants not to be root, and level
    "securityContext": {"runAsUser": range(1, 2**31), "seLinuxOptions": {"level": (str,)}},
}
_KEPT_IN_VOLUME = {"projected": {"defaultMode": 0o644}}
_KEPT_IN_MOUNT = {"recursiveReadOnly": "Disabled"}
_KEPT_IN_VARIABLE = {"valueFrom": {"fileKeyRef": {"optional": False}}}
# variables that platforms give every container; the program in it reads none of them
_KEPT_VARIABLES = frozenset(
    name for each in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY") for name in (each, each.lower())
) | {"TZ"}


def inject(pod: RawPod, parts: Parts) -> RawPod:
    """Return the Pod with our parts in it. The input is never changed, and twice is once. Raises MalformedReview."""
    spec = pod["spec"]
    changed: Json = {
        "initContainers": _with_our_container(spec.get("initContainers") or [], parts),
        "containers": [_served(each, parts) for each in spec.get("containers") or []],
        "volumes": _with_ours(spec.get("volumes") or [], parts.volumes, _is_our_volume, _name, _KEPT_IN_VOLUME),
    }
    if parts.has_node_label:
        changed["nodeSelector"] = {**(spec.get("nodeSelector") or {}), ENV_FILES_LABEL: "true"}
    if parts.pull_secrets:
        changed["imagePullSecrets"] = _with_pull_secrets(objects_in(spec, "imagePullSecrets"), parts.pull_secrets)
    if parts.shares_processes:
        changed["shareProcessNamespace"] = True
    return {**pod, "spec": {**spec, **changed}}


def _with_pull_secrets(present: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[Mapping[str, Any]]:
    there = {each.get("name") for each in present}
    return [*present, *({"name": name} for name in names if name not in there)]


def _with_our_container(containers: Sequence[Json], parts: Parts) -> list[Json]:
    others = [_served(each, parts) for each in containers if not is_our_container(each)]
    ours = parts.container
    for present in filter(is_our_container, containers):
        if present["name"] == ours["name"]:
            ours = _container_merged(present, ours)
    return [*others[: parts.position], ours, *others[parts.position :]]


def _container_merged(present: Json, wanted: Json) -> Json:
    merged: Json = _merged(present, wanted, _KEPT_IN_CONTAINER)
    before = present.get("env") or []
    ours = _with_ours(
        [each for each in before if not _is_kept_variable(each)], wanted["env"], _is_any, _name, _KEPT_IN_VARIABLE
    )
    merged["env"] = [*ours, *(each for each in before if _is_kept_variable(each))]
    # the Pod's own volumes with templates, too; a mount that we do not want is dropped, whoever added it
    merged["volumeMounts"] = _with_ours(
        present.get("volumeMounts") or [], wanted["volumeMounts"], _is_any, _name_and_path, _KEPT_IN_MOUNT
    )
    return merged


def _is_kept_variable(variable: Mapping[str, Any]) -> bool:
    return (
        variable.keys() == {"name", "value"}
        and variable["name"] in _KEPT_VARIABLES
        and isinstance(variable["value"], str)
    )


def _merged(present: Any, wanted: Any, kept: Mapping[str, Any]) -> Any:
    """Return what we want, and beside it those fields of the present that are kept."""
    if not isinstance(present, dict):
        return wanted
    merged = dict(wanted)
    for name, value in present.items():
        allowed = kept.get(name, kept.get("*"))
        if name == "startupProbe" and name not in wanted:
            continue
        if isinstance(allowed, dict):
            inner = _merged(value, wanted.get(name, {}), allowed)
            if inner:
                merged[name] = inner
        elif name not in wanted and _is_allowed(value, allowed):
            merged[name] = value
    return merged


def _is_allowed(value: Any, allowed: Any) -> bool:
    """Whether a value is of one of the types, or in the range, or the one that is given; nothing is for nothing."""
    if isinstance(allowed, range):
        return type(value) is int and value in allowed
    if isinstance(allowed, tuple):
        return type(value) in allowed
    return allowed is not None and type(value) is type(allowed) and value == allowed


def _served(container: Json, parts: Parts) -> Json:
    """Add mounts, variables and the launcher to a container of the Pod; return the same object if there are none."""
    name = container.get("name", "")
    mounts, variables = parts.mounts.get(name, ()), parts.variables.get(name, ())
    changed: Json = {}
    if mounts or (parts.is_repeated and any(map(_is_our_mount, container.get("volumeMounts") or []))):
        present = container.get("volumeMounts") or []
        changed["volumeMounts"] = _with_ours(present, mounts, _is_our_mount, _name_and_path, _KEPT_IN_MOUNT)
    if variables or (parts.is_repeated and any(map(is_our_variable, container.get("env") or []))):
        changed["env"] = _with_our_variables(container.get("env") or [], variables)
    command = container.get("command")
    if name in parts.launched:
        changed["command"] = with_launcher(without_launcher(command))
    elif parts.is_repeated and without_launcher(command) is not command:
        changed["command"] = without_launcher(command)
    return {**container, **changed} if changed else container


def _with_our_variables(present: Sequence[Json], wanted: Sequence[Json]) -> list[Json]:
    """Return our variables in front: the kubelet expands $(NAME) only from what it has read before."""
    before = {each.get("name"): each for each in reversed(present) if is_our_variable(each)}
    ours = [_merged(before.get(each["name"]), each, _KEPT_IN_VARIABLE) for each in wanted]
    return [*ours, *(each for each in present if not is_our_variable(each))]


def _with_ours(
    present: Sequence[Json],
    wanted: Sequence[Json],
    is_ours: Callable[[Json], bool],
    key: Callable[[Json], object],
    kept: Mapping[str, Any],
) -> list[Json]:
    """Return the list with our items as wanted: in place where they are there, else at the end; no others of ours."""
    missing = {key(item): item for item in wanted}
    result = []
    for item in present:
        if not is_ours(item):
            result.append(item)
        elif key(item) in missing:
            result.append(_merged(item, missing.pop(key(item)), kept))
    return [*result, *missing.values()]


def _name(item: Json) -> object:
    return item.get("name")


def _name_and_path(mount: Json) -> object:
    return mount.get("name"), mount.get("mountPath")


def _is_any(_item: Mapping[str, Any]) -> bool:
    return True


def _is_our_volume(volume: Mapping[str, Any]) -> bool:
    return is_our_volume_name(volume.get("name"))


def _is_our_mount(mount: Mapping[str, Any]) -> bool:
    return is_our_volume_name(mount.get("name"))


def with_launcher(command: list[Any]) -> list[Any]:
    """Put our launcher in front of a command; behind Argo's emissary, which must stay the first (rule R11).

    The emissary's own words end with the first `--`.
    """
    start = 0
    if len(command) > 1 and str(command[0]).endswith("/argoexec") and command[1] == "emissary" and "--" in command:
        start = command.index("--") + 1
    return [*command[:start], *LAUNCH, *command[start:]]
