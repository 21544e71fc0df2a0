"""The alerts, by Prometheus' own tool: each fires for what it is for, and has a paragraph in the operations guide."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.realparts.parts import part

pytestmark = pytest.mark.real

PROJECT = Path(__file__).parents[2]
ALERTS = PROJECT / "deploy/chart/files/alerts.yaml"


def read(file: Path) -> Any:
    """Read YAML as plain values."""
    return YAML(typ="safe", pure=True).load(file.read_text())


def alerts() -> dict[str, Any]:
    """Give the alerts by name."""
    found = {rule["alert"]: rule for group in read(ALERTS)["groups"] for rule in group["rules"]}
    assert len(found) >= 10
    return found


def annotated(rule: dict[str, Any], labels: dict[str, str], value: str) -> dict[str, str]:
    """Give an alert's annotations as they are for these labels."""
    filled = {
        name: re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda m: labels[m[1]], text)
        for name, text in rule["annotations"].items()
    }
    return {name: re.sub(r"\{\{ \$value[^}]*\}\}", value, text) for name, text in filled.items()}


def test_each_alert_fires(tmp_path: Path) -> None:
    """By series that mean it, and not by those of a good installation; none is without a case that fires it."""
    part("debian")
    cases = read(PROJECT / "tests/cases/alerts-test.yaml")
    known, fired = alerts(), set()
    for test in cases["tests"]:
        for wanted in test["alert_rule_test"]:
            for each in wanted.get("exp_alerts", ()):
                fired.add(wanted["alertname"])
                each["exp_annotations"] = annotated(
                    known[wanted["alertname"]], each["exp_labels"], each.pop("value", "")
                )
    assert fired == set(known)
    (tmp_path / "alerts.yaml").write_text(ALERTS.read_text())
    (tmp_path / "cases.yaml").write_text(json.dumps(cases))

    said = subprocess.run(
        ["promtool", "test", "rules", "cases.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert said.returncode == 0, said.stdout + said.stderr


def test_each_alert_has_a_paragraph() -> None:
    """The runbook leads to a heading of the guide, of the alert's name."""
    headings = re.findall(r"^### (\w+)$", (PROJECT / "docs/runbook.md").read_text(), re.MULTILINE)

    for name, rule in alerts().items():
        assert name in headings
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{name.lower()}"
