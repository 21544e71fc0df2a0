"""Pods whose secrets the init container of Kamus decrypts (github.com/Soluto/kamus), as annotations.

It takes files of ciphertext from a ConfigMap's volume (`-e`), and writes what they decrypt to into a volume in memory
(`-d`): one file (`-n`) of the format `json`, `cfg` or `cfg-strict`, or a file for each key (`files`). The values have
to be at a path of Vault, which is made of the ConfigMap's name, with the same keys. Kamus is unmaintained since 2022.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from webhook.admission.annotations.parse import FILE_PREFIX, TEMPLATE_OPTIONS_PREFIX, TEMPLATE_PREFIX
from webhook.migrate.secrets.annotations import write
from webhook.migrate.secrets.pods import Moved, Stays, is_alone
from webhook.migrate.secrets.source import Source
from webhook.migrate.secrets.uses import Wish, quoted
from webhook.workloads.fieldpath import Keys

_IMAGE = re.compile(r"(^|/)kamus-init[^/]*$")
_OPTIONS = {
    "-e": "encrypted",
    "--encrypted-folders": "encrypted",
    "-d": "decrypted",
    "--decrypted-path": "decrypted",
    "-n": "name",
    "--decrypted-file-name": "name",
    "-f": "format",
    "--output-format": "format",
}
_MODE = "mode=0444"  # all may read what Kamus writes
# a template's lines, as Kamus writes them
_LINES = {"cfg": "[[ $key ]]=[[ $value ]]", "cfg-strict": '[[ $key ]]="[[ $value ]]"'}


@dataclass(frozen=True, slots=True)
class _Decryptor:
    """What the init container is told, and the volumes that its folders are in."""

    number: int
    format: str
    file: str
    config_map: str
    encrypted_volume: str
    decrypted_volume: str


def move(template: Mapping[str, Any], config_maps: Mapping[str, Source], taken: Iterable[str]) -> Moved | Stays | None:
    """Move a Pod. None: Kamus is not in it. `config_maps` are those that are known, by name.

    `taken` are annotations that it gets otherwise. Whether the webhook takes the result is for `judged`.
    """
    spec = template["spec"]
    found = [
        (number, each)
        for number, each in enumerate(spec.get("initContainers") or ())
        if _IMAGE.search(str(each.get("image")).partition("@")[0].rpartition(":")[0] or str(each.get("image")))
    ]
    if not found:
        return None
    if len(found) > 1:
        return Stays(("it has several init containers of Kamus",))
    number, container = found[0]
    decryptor = _decryptor(number, container, spec)
    if isinstance(decryptor, str):
        return Stays((decryptor,))
    source = config_maps.get(decryptor.config_map)
    if source is None:
        return Stays((f"the ConfigMap {decryptor.config_map} is in none of these files, so its keys are not known",))
    if reason := _in_the_way(spec, decryptor):
        return Stays((reason,))
    annotations = {*((template.get("metadata") or {}).get("annotations") or {}), *taken}
    mounts = list(_mounts(spec, decryptor))
    alone = is_alone({**template, "spec": {**spec, "initContainers": [*_others(spec, number)]}})
    made = dict(_annotations(decryptor, source, mounts, annotations, is_alone=alone))
    removed: list[Keys] = [("initContainers", number), *(keys for keys, _, _ in mounts)]
    gone = {decryptor.encrypted_volume, decryptor.decrypted_volume}
    removed += [("volumes", at) for at, each in enumerate(spec.get("volumes") or ()) if each.get("name") in gone]
    files = len(source.keys) if decryptor.format == "files" else 1
    notes = (f"{source.path} in Vault has to have the keys {', '.join(source.keys)}, with what Kamus decrypts",)
    count = files * len({path for _, _, path in mounts})
    return Moved(made, tuple(removed), 0, count, notes)


def _others(spec: Mapping[str, Any], number: int) -> Iterator[Mapping[str, Any]]:
    """Yield the init containers but that of Kamus."""
    yield from (each for at, each in enumerate(spec.get("initContainers") or ()) if at != number)


def _in_the_way(spec: Mapping[str, Any], decryptor: _Decryptor) -> str:
    """Return why its volumes cannot be taken out; "" if they can."""
    volumes = {str(each.get("name")): each for each in spec.get("volumes") or ()}
    if (volumes[decryptor.encrypted_volume].get("configMap") or {}).get("items"):
        return "the ConfigMap's volume has items, which rename keys: write the annotations by hand"
    containers = [*_others(spec, decryptor.number), *spec["containers"], *(spec.get("ephemeralContainers") or ())]
    for container in containers:
        for mount in container.get("volumeMounts") or ():
            if mount.get("name") == decryptor.encrypted_volume:
                return f"the container {container.get('name')} mounts the ciphertexts, too"
            if mount.get("name") == decryptor.decrypted_volume and (mount.get("subPath") or mount.get("subPathExpr")):
                return f"the container {container.get('name')} mounts what is decrypted by a subPath"
    return ""


def _decryptor(number: int, container: Mapping[str, Any], spec: Mapping[str, Any]) -> _Decryptor | str:
    """Return what it is told; or why it cannot be moved."""
    words = [str(each) for each in (*(container.get("command") or ()), *(container.get("args") or ()))]
    told: dict[str, str] = {}
    for option, value in pairwise(words):
        if option in _OPTIONS:
            told[_OPTIONS[option]] = value
    if missing := {"encrypted", "decrypted"} - told.keys():
        return f"its init container of Kamus is not told where: {', '.join(sorted(missing))}"
    format_ = told.get("format", "json").lower()
    if format_ not in {"json", "files", *_LINES}:
        return f"its output format {format_} has a template of its own: write it as template.omamori.dev/NAME"
    if format_ != "files" and "name" not in told:
        return "its init container of Kamus is not told the name of the file"
    encrypted = _volume_at(container, told["encrypted"])
    decrypted = _volume_at(container, told["decrypted"])
    volumes = {str(each.get("name")): each for each in spec.get("volumes") or ()}
    config_map = (volumes.get(encrypted, {}).get("configMap") or {}).get("name", "")
    if not config_map or not decrypted:
        return "the folders of its init container of Kamus are not a ConfigMap's volume and another one"
    return _Decryptor(number, format_, told.get("name", ""), str(config_map), encrypted, decrypted)


def _volume_at(container: Mapping[str, Any], folder: str) -> str:
    places = {
        str(each.get("mountPath")).rstrip("/"): str(each.get("name")) for each in container.get("volumeMounts") or ()
    }
    return places.get(folder.rstrip("/"), "")


def _mounts(spec: Mapping[str, Any], decryptor: _Decryptor) -> Iterator[tuple[Keys, str, str]]:
    """Yield where containers have what was decrypted: keys, container, path."""
    for group in ("initContainers", "containers"):
        for number, container in enumerate(spec.get(group) or ()):
            if (group, number) == ("initContainers", decryptor.number):
                continue
            for at, mount in enumerate(container.get("volumeMounts") or ()):
                if mount.get("name") == decryptor.decrypted_volume:
                    keys: Keys = (group, number, "volumeMounts", at)
                    yield keys, str(container.get("name")), str(mount.get("mountPath")).rstrip("/")


def _annotations(
    decryptor: _Decryptor,
    source: Source,
    mounts: Sequence[tuple[Keys, str, str]],
    taken: Collection[str],
    *,
    is_alone: bool,
) -> Iterator[tuple[str, str]]:
    if decryptor.format in _LINES:
        for number, path in enumerate(dict.fromkeys(path for _, _, path in mounts)):
            name = f"kamus-{number}" if number else "kamus"
            if f"{TEMPLATE_PREFIX}/{name}" in taken:
                name = f"{name}-decrypted"
            containers = [container for _, container, place in mounts if place == path]
            only = "" if is_alone else f" containers={','.join(containers)}"
            yield f"{TEMPLATE_OPTIONS_PREFIX}/{name}", f"as={quoted(decryptor.file)} dir={quoted(path)} {_MODE}{only}"
            yield f"{TEMPLATE_PREFIX}/{name}", _template(source.path, _LINES[decryptor.format])
        return
    wishes = []
    for _, container, path in mounts:
        options = (f"dir={quoted(path)}", _MODE)
        if decryptor.format == "files":
            wishes += [Wish(FILE_PREFIX, key, source.reference(key), container, options) for key in source.keys]
        else:
            wishes.append(Wish(FILE_PREFIX, decryptor.file, f"{source.path} format=json", container, options))
    yield from write(wishes, taken, is_alone=is_alone).items()


def _template(path: str, line: str) -> str:
    """Return a template that has a line for each key."""
    data = ".Data.data" if "/data/" in path else ".Data"
    return f'[[ with secret "{path}" ]][[ range $key, $value := {data} ]]{line}\n[[ end ]][[ end ]]'
