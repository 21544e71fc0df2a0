"""What a target is, and how bytes become texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CASES = Path(__file__).parents[1] / "cases"


@dataclass(frozen=True, slots=True)
class Target:
    """A function that promises to return for any bytes, and inputs to begin with."""

    run: Callable[[bytes], None]
    seeds: Sequence[bytes]


def text_of(data: bytes) -> str:
    """Give a text for any bytes; what is no UTF-8 becomes half of a surrogate pair, which JSON can carry too."""
    return data.decode("utf-8", "surrogateescape")


def cases(name: str) -> Any:
    """Read a table of cases."""
    return json.loads((CASES / name).read_text())
