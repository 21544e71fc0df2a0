"""Standard input of this process, taken from a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def from_standard_input(file: Path) -> Iterator[None]:
    """Have a file at file descriptor 0 until the block ends."""
    kept = os.dup(0)
    with file.open("rb") as opened:
        os.dup2(opened.fileno(), 0)
    try:
        yield
    finally:
        os.dup2(kept, 0)
        os.close(kept)
