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
                rows += _rows(container["name"], mount["mountPath"], folders[mount["name"]], reveal=reveal)
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


def _rows(container: str, path: str, folder: Path, *, reveal: bool) -> Iterator[tuple[str, str, str, str, str]]:
    current = (folder / "..data").resolve()
    for file in sorted(each for each in current.rglob("*") if each.is_file()):
        contents = file.read_bytes()
        mode = stat.filemode(file.stat().st_mode)
        yield (
            container,
            f"{path}/{file.relative_to(current)}",
            mode,
            str(len(contents)),
            _shown(contents, reveal=reveal),
        )
