"""The same code runs small and at full scale; only numbers differ, and full results are kept."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

FULL = os.environ.get("OMAMORI_SCALE") == "full"
RESULTS = Path(__file__).parents[2] / "docs/measurements/soak.json"


def scaled(small: int, full: int) -> int:
    """Give the number for this run."""
    return full if FULL else small


def seed() -> int:
    """Give this run's seed: OMAMORI_SEED, else a new one; it is printed, so that a run can be repeated."""
    chosen = int(os.environ.get("OMAMORI_SEED") or int.from_bytes(os.urandom(4)))
    print(f"seed: OMAMORI_SEED={chosen}")
    return chosen


def keep(name: str, figures: dict[str, Any]) -> None:
    """Print figures; at full scale keep them, beside those of other proofs."""
    print(f"{name}: {json.dumps(figures)}")
    if FULL:
        kept: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        kept[name] = figures
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n")
