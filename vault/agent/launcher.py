"""The compiled programs of our image; the launcher is copied next to each env file that it reads."""

from __future__ import annotations

import os

from vault.agent.render.files import File
from vault.agent.secret import Secret
from vault.contract.errors import CannotWrite
from vault.contract.names import LAUNCHER_PROGRAM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault.contract.plan import Plan


_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def program_path(name: str) -> str:
    """Return the path of a program, by its name."""
    return os.path.join(_ROOT, "bin", name)


def add_launchers(plan: Plan, directories: Mapping[str, list[File]]) -> None:
    """Copy the launcher next to each env file that it reads. Raises CannotWrite if the image has none."""
    for env_file in plan.env_files:
        if env_file.kind != "kubelet":
            directories[env_file.directory].append(_launcher())


def _launcher() -> File:
    path = program_path(LAUNCHER_PROGRAM)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        with open(descriptor, "rb") as opened:
            program = opened.read()
    except OSError as error:
        raise CannotWrite(
            f"there is no launcher at {path}: {error.strerror}", hint="use the agent image of this release"
        ) from None
    return File(name=LAUNCHER_PROGRAM, contents=Secret(program), mode=0o555)
