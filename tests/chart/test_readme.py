"""The chart's files say what the webhook's settings and the values are: fast tests, which need nothing built."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ruamel.yaml import YAML

from webhook.config.row import rows_of
from webhook.config.settings import AgentSettings, ServerSettings, Settings, VaultList, VaultSettings
from webhook.controller.settings import ControllerSettings

CHART = Path(__file__).parents[2] / "deploy/chart"


def test_written_from_the_values() -> None:
    """Template, schema, comments and README.md are what generate.py makes of the settings and the values."""
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


def test_every_setting_has_a_value() -> None:
    """Every setting has a value of the chart whose default is its own, or is set by the template by hand."""
    template = (CHART / "templates/_settings.tpl").read_text()
    found = leaves(YAML(typ="safe", pure=True).load((CHART / "values.yaml").read_text()))
    webhook: tuple[type, ...] = (VaultList, Settings, AgentSettings, ServerSettings)
    for table in (*webhook, VaultSettings):
        for name in rows_of(table):
            assert f'"{name}"' in template or f"OMAMORI_{name}\n" in template, name
    for table in (*webhook, ControllerSettings):
        for name, row in rows_of(table).items():
            if row.chart and not row.is_required:
                value = found[f".{row.chart}"]
                assert (tuple(value) if isinstance(value, list) else value) == row.default, name
