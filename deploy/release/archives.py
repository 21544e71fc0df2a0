"""Write tar archives whose bytes follow from the files alone: in order, of root, without a time."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path


def pack_tree(tree: Path) -> bytes:
    """Pack what is in a folder, each file with its mode."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(tree.rglob("*")):
            member = archive.gettarinfo(path, str(path.relative_to(tree)))
            member.uid = member.gid = member.mtime = 0
            member.uname = member.gname = ""
            if member.isfile():
                with path.open("rb") as contents:
                    archive.addfile(member, contents)
            else:
                archive.addfile(member)
    return packed.getvalue()


def pack_files(files: Mapping[str, bytes]) -> bytes:
    """Pack files under these names, in this order, which everybody may read."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, contents in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(contents)
            archive.addfile(member, io.BytesIO(contents))
    return packed.getvalue()


def compressed(contents: bytes) -> bytes:
    """Give the bytes by gzip, without a name and a time."""
    return gzip.compress(contents, 6, mtime=0)
