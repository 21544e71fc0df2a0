"""Each value of the chart changes what it is for: a table of values, places in what is rendered, and what is there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.chart.test_readme import leaves
from tests.support.cluster.rendering import CASES, CHART, Rendered, Values, kits, merged, render
from tests.support.version import VERSION

pytestmark = pytest.mark.real

ROWS: list[dict[str, Any]] = json.loads((CASES / "chart-rendered.json").read_text().replace("<version>", VERSION))
BASES: dict[str, Values] = {
    "least": {},
    "issued": {"certificates": {"mode": "cert-manager", "issuer": {"name": "company"}}},
}
# what is safe by default: tests/chart/test_security.py changes it; a Job's account is never made by somebody else here
UNTOUCHED = (
    "podSecurityContext",
    "securityContext",
    "accessFiles.serviceAccount.create",
    "accessFiles.tokenSecret.key",
)


def at(rendered: Rendered, name: str, pointer: str) -> Any:
    """Give what is at a place of an object, None where there is nothing; a Job by the beginning of its name."""
    kind, _, wanted = name.partition("/")
    found: Any = None
    for (its_kind, its_name), document in rendered.documents.items():
        if its_kind == kind and (its_name == wanted or (kind == "Job" and its_name.startswith(wanted))):
            found = document
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/")
        if isinstance(found, list):
            found = found[int(key)] if -len(found) <= int(key) < len(found) else None
        else:
            found = found.get(key) if isinstance(found, dict) else None
    return found


@pytest.fixture(scope="module")
def defaults() -> dict[str, Rendered]:
    """What is rendered without the values of a row."""
    return {name: render(merged(kits()["least"], values)) for name, values in BASES.items()}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: json.dumps(row["values"])[:60] + row["path"])
def test_value(row: dict[str, Any], defaults: dict[str, Rendered]) -> None:
    """With the value the place is as the row says, and without it as the row says of the default: else not there."""
    base = row.get("kit", "least")
    place = (row["object"], row["path"])
    assert at(defaults[base], *place) == row.get("default")
    assert at(render(merged(kits()["least"], merged(BASES[base], row["values"]))), *place) == row["expected"]


def test_rows_can_fail() -> None:
    """A row is about a place that changes, but those that say that something stays as it is."""
    same = [row for row in ROWS if row["expected"] == row.get("default")]
    assert 0 < len(same) < 20
    assert len(ROWS) > 150


def test_every_value_is_tried() -> None:
    """Each value of values.yaml is another one than the default in some kit, and so has gone through the API server."""
    found = leaves(YAML(typ="safe", pure=True).load((CHART / "values.yaml").read_text()))
    for path, default in found.items():
        name = path.removeprefix(".")
        if not name.startswith(UNTOUCHED):
            assert any(_value(kit, name, default) != default for kit in kits().values()), name


def _value(kit: Values, name: str, default: object) -> object:
    found: Any = kit
    for key in name.split("."):
        found = found.get(key, default) if isinstance(found, dict) else default
    return found
