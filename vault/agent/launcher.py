"""Rule: the launcher is a part of our image, and goes beside each env file that it is to read."""

from __future__ import annotations

import os

from vault.agent.render.files import File
from vault.agent.secret import Secret
from vault.errors import CannotWrite

NAME = "omamori-launch"
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def launcher() -> File:
    """Read it. Raises CannotWrite where the image has none."""
    path = os.path.join(_ROOT, "bin", NAME)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        with open(descriptor, "rb") as opened:
            program = opened.read()
    except OSError as error:
        raise CannotWrite(
            f"there is no launcher at {path}: {error.strerror}", hint="use the agent image of this release"
        ) from None
    return File(name=NAME, contents=Secret(program), mode=0o555)
