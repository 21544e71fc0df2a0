"""Images of the tools' programs that run in Pods."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.realparts.images import build_image

if TYPE_CHECKING:
    from pathlib import Path


def program_image(program: Path, tag: str, user: int, folder: Path) -> Path:
    """Build an image that has a program in its PATH, and runs as a user; gives its archive. The folder is a new one."""
    context = folder / "context"
    context.mkdir()
    shutil.copy(program, context)
    containerfile = folder / "Containerfile"
    containerfile.write_text(
        f"ARG BASE\nFROM ${{BASE}}\nCOPY {program.name} /usr/local/bin/{program.name}\nUSER {user}\n"
    )
    return build_image(containerfile, context, tag)
