"""The chart's page says what its values are: a fast test, which needs nothing built."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ruamel.yaml import YAML

CHART = Path(__file__).parents[2] / "deploy/chart"


def test_written_from_the_values() -> None:
    """README.md is what generate.py makes of the values."""
    command = [sys.executable, str(CHART / "generate.py"), "--check"]
    assert subprocess.run(command, capture_output=True, text=True, check=False).returncode == 0


def leaves(values: object, path: str = "") -> dict[str, object]:
    """Give each value that is not a map of others, by its path."""
    if not isinstance(values, dict) or not values:
        return {path: values}
    return {name: leaf for key, each in values.items() for name, leaf in leaves(each, f"{path}.{key}").items()}


def test_every_value_is_there() -> None:
    """Every value of values.yaml has a row with its default, by a reader that knows YAML."""
    page = (CHART / "README.md").read_text()
    found = leaves(YAML(typ="safe", pure=True).load((CHART / "values.yaml").read_text()))
    assert len(found) > 60
    for path, default in found.items():
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{path.removeprefix('.')}` |")]
        written = row.split("`")[3]
        assert YAML(typ="safe", pure=True).load(written) == default, row
