"""What is in an image, read from its docker archive."""

from __future__ import annotations

import json
import tarfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def configuration(archive: Path) -> dict[str, Any]:
    """Read the configuration of an image from its docker archive."""
    with tarfile.open(archive) as opened:
        manifest = json.load(open_member(opened, "manifest.json"))
        found: dict[str, Any] = json.load(open_member(opened, manifest[0]["Config"]))["config"]
        return found


def files_of(archive: Path) -> dict[str, bytes]:
    """Read the files of the layers of an image; a link has no bytes."""
    found = {}
    with tarfile.open(archive) as opened:
        for layer in json.load(open_member(opened, "manifest.json"))[0]["Layers"]:
            with tarfile.open(fileobj=open_member(opened, layer)) as inner:
                for member in inner:
                    if not member.isdir():
                        found[member.name] = open_member(inner, member.name).read() if member.isfile() else b""
    return found


def open_member(archive: tarfile.TarFile, name: str) -> Any:
    """Open a file of an archive."""
    opened = archive.extractfile(name)
    assert opened is not None
    return opened
