"""What a bench gives: named figures, as medians and as ratios of runs side by side; printed, and kept as JSON."""

from __future__ import annotations

import json
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[2] / "docs/measurements/bench.json"


@dataclass(slots=True)
class Table:
    """Rows of one comparison: a name and its samples, in rounds; ratios are taken round by round against the first."""

    title: str
    unit: str
    samples: dict[str, list[float]] = field(default_factory=dict)

    def add(self, row: str, sample: float) -> None:
        """Add a sample of a row; every round adds one to each row."""
        self.samples.setdefault(row, []).append(sample)

    def figures(self) -> dict[str, dict[str, float]]:
        """Give each row's median and its median ratio."""
        first = next(iter(self.samples.values()))
        return {
            row: {
                "median": round(statistics.median(samples), 3),
                "ratio": round(statistics.median(a / b for a, b in zip(samples, first, strict=True)), 3),
            }
            for row, samples in self.samples.items()
        }

    def show(self) -> None:
        """Print the table."""
        rounds = len(next(iter(self.samples.values())))
        print(f"\n{self.title} ({self.unit}; medians of {rounds} rounds, and as a ratio of the first)")
        for row, figures in self.figures().items():
            print(f"  {row:<56} {figures['median']:10.1f} {figures['ratio']:8.2f}")


def keep(tables: Sequence[Table], more: Mapping[str, Any]) -> None:
    """Keep figures as JSON, beside those of other benches."""
    kept: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept["machine"] = f"{platform.system()} {platform.release()}, {platform.machine()}, two cores, shared"
    for table in tables:
        kept[table.title] = {"unit": table.unit, "rows": table.figures()}
    kept.update(more)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n")
