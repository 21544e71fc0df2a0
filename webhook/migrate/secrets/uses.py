"""What a Pod takes from Secrets, as annotations that give the same, and what is then taken out of its spec.

The rules of Kubernetes: a variable of `env` wins over those of `envFrom`, of which a later source wins over an earlier
one; a key that is no name of a variable is passed over (until 1.34, KEP-4369); a volume without `items` has a file for
each key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webhook.admission.annotations.parse import ENV_PREFIX, FILE_PREFIX
from webhook.migrate.secrets.source import Source
from webhook.workloads.fieldpath import Keys

_VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_BLANK_OR_QUOTE = re.compile(r'[\s"]')
_USUAL_MODE = 0o644
_READ_AND_EXECUTE = 0o555
_GROUP_READS = 0o040
_GROUPS = ("initContainers", "containers")
_LACKS = "where Vault has the key {} of the Secret {} is not known"
Sources = Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class Wish:
    """One file or variable of a container: the prefix of its annotation, its name, and the annotation's value.

    `options` are those of a file, but for its name.
    """

    prefix: str
    name: str
    value: str
    container: str
    options: tuple[str, ...] = ()


@dataclass(slots=True)
class Uses:
    """What a Pod takes. `removed` are the parts that the annotations replace; `reasons` say why it stays as it is.

    `notes` say what changes for it.
    """

    wishes: list[Wish] = field(default_factory=list)
    removed: list[Keys] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def find_uses(spec: Mapping[str, Any], sources: Sources) -> Uses:
    """Find what a Pod takes from Secrets, by their names. `imagePullSecrets` are not its own."""
    uses = Uses()
    volumes = dict(_volumes(spec, sources, uses))
    group_id = fs_group_of(spec)
    for group in _GROUPS:
        for number, container in enumerate(_objects(spec, group)):
            keys: Keys = (group, number)
            _variables(container, keys, sources, uses)
            _mounts(container, keys, volumes, uses, has_group=group_id)
    mounted = {mount for group in _GROUPS for each in _objects(spec, group) for mount in _mounted(each)}
    for name, (keys, source, _) in volumes.items():
        if name in mounted:
            uses.removed.append(keys)
        else:
            uses.notes.append(f"the volume {name} of the Secret {source} is mounted nowhere here, and stays")
    debugged = {mount for each in _objects(spec, "ephemeralContainers") for mount in _mounted(each)}
    if debugged & volumes.keys():
        uses.reasons.append("an ephemeral container mounts the volume of a Secret")
    return uses


def _mounted(container: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the volumes that a container mounts."""
    yield from (str(each.get("name")) for each in _objects(container, "volumeMounts"))


def _variables(container: Mapping[str, Any], keys: Keys, sources: Sources, uses: Uses) -> None:
    """Find the variables of a container."""
    name = str(container.get("name"))
    declared = {str(each.get("name")) for each in _objects(container, "env")}
    for number, each in enumerate(_objects(container, "env")):
        reference = _mapping(_mapping(each, "valueFrom"), "secretKeyRef")
        source = sources.get(str(reference.get("name")))
        if source is not None:
            key = str(reference.get("key"))
            if source.lacks(key):
                uses.reasons.append(f"{name}: {_LACKS.format(key, source)}")
                continue
            options = ("optional=true",) if is_true(reference.get("optional")) else ()
            value = source.reference(key)
            uses.wishes.append(Wish(ENV_PREFIX, str(each.get("name")), value, name, options))
            uses.removed.append((*keys, "env", number))
    last: dict[str, Wish] = {}
    for number, each in enumerate(_objects(container, "envFrom")):
        reference = _mapping(each, "secretRef")
        source = sources.get(str(reference.get("name")))
        if source is None:
            if last:
                what = "an envFrom stands behind that of a Secret that moves, and may have the same names; put it first"
                uses.reasons.append(f"{name}: {what}")
            continue
        prefix = str(each.get("prefix") or "")
        options = ("optional=true",) if is_true(reference.get("optional")) else ()
        if not source.keys or not source.is_whole:
            uses.reasons.append(f"{name}: {source.unknown}")
        for key in source.keys:
            variable = f"{prefix}{key}"
            if not _VARIABLE.fullmatch(variable):
                uses.notes.append(f"{name}: {variable} becomes no variable; Kubernetes sets such names from 1.34 on")
            elif variable not in declared:
                last[variable] = Wish(ENV_PREFIX, variable, source.reference(key), name, options)
        uses.removed.append((*keys, "envFrom", number))
    uses.wishes += last.values()


_Volume = tuple[Keys, Source, Mapping[str, Any]]


def _volumes(spec: Mapping[str, Any], sources: Sources, uses: Uses) -> Iterator[tuple[str, _Volume]]:
    """Yield the volumes of Secrets that move, by name."""
    for number, each in enumerate(_objects(spec, "volumes")):
        secret = _mapping(each, "secret")
        source = sources.get(str(secret.get("secretName")))
        if source is not None:
            yield str(each.get("name")), (("volumes", number), source, secret)
        for projected in _objects(_mapping(each, "projected"), "sources"):
            if str(_mapping(projected, "secret").get("name")) in sources:
                uses.reasons.append(f"the volume {each.get('name')} is projected, of a Secret and others: split it")


def _mounts(
    container: Mapping[str, Any], keys: Keys, volumes: Mapping[str, _Volume], uses: Uses, *, has_group: bool
) -> None:
    name = str(container.get("name"))
    for number, mount in enumerate(_objects(container, "volumeMounts")):
        volume = volumes.get(str(mount.get("name")))
        if volume is None:
            continue
        _, source, secret = volume
        place = str(mount.get("mountPath")).rstrip("/")
        sub_path = str(mount.get("subPath") or "").strip("/")
        if mount.get("subPathExpr"):
            uses.reasons.append(f"{name}: the mount at {place} has a subPathExpr, which is known in the Pod alone")
            continue
        files = list(_files(source, secret))
        if not files or not (source.is_whole or _objects(secret, "items")):
            uses.reasons.append(f"{name}: {source.unknown}")
        lacking = [key for key, _, _ in files if source.lacks(key)]
        if lacking:
            uses.reasons.append(f"{name}: {_LACKS.format(lacking[0], source)}")
            continue
        if sub_path:
            files = [each for each in files if each[1] == sub_path]
            if not files:
                uses.reasons.append(f"{name}: the mount at {place} is the folder {sub_path} of a Secret's volume")
        for key, path, mode in files:
            options = [*(("optional=true",) if is_true(secret.get("optional")) else ())]
            directory, _, last = place.rpartition("/")
            options += [f"dir={quoted(directory or '/')}", "mount=file"] if sub_path else [f"dir={quoted(place)}"]
            # with a group of the Pod the kubelet lets that one read, too
            options.append(f"mode={(mode | (_GROUP_READS if has_group else 0)) & _READ_AND_EXECUTE:04o}")
            wish = Wish(FILE_PREFIX, last if sub_path else path, source.reference(key), name, tuple(options))
            uses.wishes.append(wish)
        uses.removed.append((*keys, "volumeMounts", number))


def fs_group_of(spec: Mapping[str, Any]) -> bool:
    """Whether a Pod has a group that its volumes are given."""
    return _mapping(spec, "securityContext").get("fsGroup") is not None


def is_true(value: Any) -> bool:
    """Whether a value is true for Kubernetes, which reads YAML 1.1: so are `yes` and `on`."""
    return value is True or (isinstance(value, str) and value.lower() in {"true", "yes", "on", "y"})


def quoted(text: str) -> str:
    """Quote the value of an option where it needs quotes."""
    if not _BLANK_OR_QUOTE.search(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _files(source: Source, secret: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Yield key, path and mode of each file of a volume."""
    usual = _mode(secret.get("defaultMode"), _USUAL_MODE)
    items = _objects(secret, "items")
    if not items:
        yield from ((key, key, usual) for key in source.keys)
    for each in items:
        yield str(each.get("key")), str(each.get("path")), _mode(each.get("mode"), usual)


def _mode(value: Any, usual: int) -> int:
    """Return a mode as Kubernetes reads it: YAML 1.1, where 0400 is octal, and JSON, where 256 is."""
    if value is None:
        return usual
    text = str(value)
    if re.fullmatch(r"0o?[0-7]+", text):
        return int(text.replace("o", ""), 8)
    return int(text) if text.isdigit() else usual


def _objects(value: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found = value.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _mapping(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}
