"""Rule: the files as the application's containers see them: path, mode, size, and the value only when asked for."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from webhook.pod import is_our_container, is_our_volume_name

_SHOWN = 100


def seen(pod: Mapping[str, Any], replaced: Sequence[tuple[str, Path]], *, reveal: bool) -> list[tuple[str, ...]]:
    """Give a table, with its heading, of what each container of the Pod finds."""
    spec = pod["spec"]
    ours = next(filter(is_our_container, spec["initContainers"]))
    here = dict(replaced)
    folders = {mount["name"]: here[mount["mountPath"]] for mount in ours["volumeMounts"]}
    rows: list[tuple[str, ...]] = [("container", "file", "mode", "bytes", "value")]
    for container in (*spec.get("initContainers", ()), *spec["containers"]):
        if is_our_container(container):
            continue
        for mount in container.get("volumeMounts") or ():
            if is_our_volume_name(mount["name"]):
                rows += _rows(container["name"], mount["mountPath"], folders[mount["name"]], reveal=reveal)
    return rows


def _rows(container: str, path: str, folder: Path, *, reveal: bool) -> Iterator[tuple[str, str, str, str, str]]:
    current = (folder / "..data").resolve()
    for file in sorted(each for each in current.rglob("*") if each.is_file()):
        contents = file.read_bytes()
        mode = stat.filemode(file.stat().st_mode)
        value = repr(contents[:_SHOWN].decode(errors="replace")) if reveal else "•" * 8
        yield container, f"{path}/{file.relative_to(current)}", mode, str(len(contents)), value
