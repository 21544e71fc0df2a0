"""The chart as Helm renders it, without a cluster."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from tests.realparts.parts import part

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = Path(__file__).parents[3]
CHART = PROJECT / "deploy/chart"
CASES = PROJECT / "tests/cases"

Values = dict[str, Any]
Document = dict[str, Any]


class Refused(AssertionError):
    """Helm does not render the chart with these values; the text is what it says."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What Helm prints, and its documents by kind and name."""

    text: str
    documents: Mapping[tuple[str, str], Document]

    def __getitem__(self, key: tuple[str, str]) -> Document:
        return self.documents[key]

    def kinds(self) -> set[str]:
        """The kinds that are there."""
        return {kind for kind, _ in self.documents}

    def containers(self) -> dict[str, Document]:
        """Every container of every workload, by its name."""
        return {each["name"]: each for pod in self.pods() for each in pod["containers"]}

    def pods(self) -> list[Document]:
        """The Pods of every workload."""
        found = [each for (kind, _), each in self.documents.items() if kind in {"Deployment", "Job"}]
        return [each["spec"]["template"]["spec"] for each in found]


@cache
def kits() -> Mapping[str, Values]:
    """Values that go together, by what they are for; `least` is as little as the chart takes."""
    found: dict[str, Values] = json.loads((CASES / "chart-values.json").read_text())
    return {name: merged(found["least"], values) for name, values in found.items()}


def merged(base: Values, more: Values) -> Values:
    """Merge values as Helm does: maps key by key, null takes a key away (Helm does it), the rest is replaced."""
    both = dict(base)
    for key, value in more.items():
        old = both.get(key)
        both[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return both


def render(
    values: Values, *options: str, name: str = "omamori", namespace: str = "omamori", chart: Path = CHART
) -> Rendered:
    """Render the chart. Raises Refused."""
    text = helm("template", name, str(chart), "--namespace", namespace, "--values", "-", *options, values=values)
    return parse_documents(text)


def chart_with(folder: Path, *dialects: Document) -> Path:
    """Give a copy of the chart as it would be with more rows in the webhook's table of dialects."""
    copy = folder / "chart"
    shutil.copytree(CHART, copy)
    template = copy / "templates/_dialects.tpl"
    text = template.read_text()
    end = text.rindex("]")
    rows = "".join(f", {json.dumps(each)}" for each in dialects)
    template.write_text(text[:end] + rows + text[end:])
    return copy


def render_least(more: Values | None = None, chart: Path = CHART) -> Rendered:
    """Render with as little as the chart takes, and some more."""
    return render(merged(kits()["least"], more or {}), chart=chart)


def parse_documents(text: str) -> Rendered:
    """Parse a stream of manifests. Raises AssertionError where two are of one kind and name."""
    documents = [each for each in YAML(typ="safe", pure=True).load_all(text) if each]
    found = {(each["kind"], each["metadata"]["name"]): each for each in documents}
    assert len(found) == len(documents) > 0
    return Rendered(text, found)


def helm(*arguments: str, values: Values | None = None) -> str:
    """Run Helm, away from the user's own configuration, and give its output. Raises Refused."""
    ended = subprocess.run(
        [part("helm") / "bin/helm", *arguments],
        input=json.dumps(values or {}),
        env={"HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise Refused(ended.stdout + ended.stderr)
    return ended.stdout
