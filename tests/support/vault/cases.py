"""Case tables: JSON files under tests/cases/, so that another implementation could run them, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "cases"


def read_cases(name: str, at_least: int) -> list[Any]:
    """Read a table. A table that has lost its cases is an error, not a green test."""
    cases: list[Any] = json.loads((FOLDER / name).read_text())
    assert len(cases) >= at_least, f"{name} has only {len(cases)} cases"
    return cases
