"""Show what the application's containers see: files and variables with their size, and the value only on request."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vault.contract.names import ENV_CHECK_VARIABLE
from webhook.admission.pod.names import ENV_VOLUME
from webhook.admission.pod.ownership import is_our_container, is_our_variable, is_our_volume_name
from webhook.demo.program import our_container

_SHOWN = 100


def seen(pod: Mapping[str, Any], replaced: Sequence[tuple[str, Path]], *, reveal: bool) -> list[tuple[str, ...]]:
    """Return a table, with heading, of what each container of the Pod sees."""
    spec = pod["spec"]
    ours = our_container(pod)
    here = dict(replaced)
    folders = {mount["name"]: here[mount["mountPath"]] for mount in ours["volumeMounts"]}
    rows: list[tuple[str, ...]] = [("container", "file or variable", "mode", "bytes", "value")]
    for container in (*spec.get("initContainers", ()), *spec["containers"]):
        if is_our_container(container):
            continue
        for mount in container.get("volumeMounts") or ():
            if mount["name"] in folders and is_our_volume_name(mount["name"]):
                found = _files(mount["mountPath"], folders[mount["name"]], mount.get("subPath", ""))
                rows += [_row(container["name"], path, file, reveal=reveal) for path, file in found]
        for variable in filter(is_our_variable, container.get("env") or ()):
            if variable["name"] == ENV_CHECK_VARIABLE:
                continue
            contents = _read_by_kubelet(folders[ENV_VOLUME], variable["valueFrom"]["fileKeyRef"])
            rows.append(
                (container["name"], f"${variable['name']}", "", str(len(contents)), _shown(contents, reveal=reveal))
            )
    return rows


def _read_by_kubelet(folder: Path, reference: Mapping[str, str]) -> bytes:
    """Read a variable from our env file like the kubelet. No value contains a single quote."""
    contents = b"\n" + (folder / reference["path"]).read_bytes()
    return contents.partition(f"\n{reference['key']}='".encode())[2].partition(b"'")[0]


def _shown(contents: bytes, *, reveal: bool) -> str:
    return repr(contents[:_SHOWN].decode(errors="replace")) if reveal else "•" * 8


def _files(place: str, folder: Path, sub_path: str) -> Iterator[tuple[str, Path]]:
    """Yield the files that a container has by a mount: their paths there, and where they are here."""
    if sub_path:
        yield place, folder / sub_path
        return
    current = (folder / "..data").resolve()
    for file in sorted(each for each in current.rglob("*") if each.is_file()):
        yield f"{place}/{file.relative_to(current)}", file


def _row(container: str, path: str, file: Path, *, reveal: bool) -> tuple[str, ...]:
    contents = file.read_bytes()
    return container, path, stat.filemode(file.stat().st_mode), str(len(contents)), _shown(contents, reveal=reveal)
