"""The defaults that values.yaml repeats are the webhook's. With Helm, tests/chart compares all settings."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path
from typing import Any

from ruamel.yaml import YAML

CHART = Path(__file__).parents[2] / "deploy/chart"


def test_defaults() -> None:
    """Each value that stands for one setting as it is has the setting's default, or nothing."""
    rows = run_path(str(CHART / "settings_rows.py"))["webhook_rows"]()
    values = YAML(typ="safe").load((CHART / "values.yaml").read_text())
    compared = 0
    for row in rows:
        found: Any = values
        for part in row.chart.split("."):
            found = found[part]
        if found in ("", [], {}, None) or row.is_required:
            continue
        assert row.parse(_text(found)) == row.default, row.chart
        compared += 1
    assert compared > 15


def _text(value: Any) -> str:
    """Give a value as the variable of the webhook's container has it."""
    if isinstance(value, list):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
