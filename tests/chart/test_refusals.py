"""Values that cannot be are refused before anything is installed, and what is said helps."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.cluster.rendering import CASES, CHART, Refused, Values, helm, kits, merged, render, render_least
from tests.support.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.real

REFUSALS: list[dict[str, Any]] = json.loads((CASES / "chart-refusals.json").read_text())


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case["says"][0])
def test_refused(case: dict[str, Any]) -> None:
    """What does not go is named, with what to do."""
    with pytest.raises(Refused) as refused:
        render_least(case["values"])
    for words in case["says"]:
        assert words in str(refused.value)


def paths_of_objects(schema: Values, definitions: Values, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Give the path of each object of values.yaml's that has a list of its keys in the schema."""
    for name, stated in schema.get("properties", {}).items():
        each = definitions[stated["$ref"].rpartition("/")[2]] if "$ref" in stated else stated
        if "properties" in each:
            yield (*path, name)
            yield from paths_of_objects(each, definitions, (*path, name))


def test_no_unknown_key_anywhere() -> None:
    """In each object of the values a key that nobody knows is refused."""
    schema = json.loads((CHART / "values.schema.json").read_text())
    paths = [(), *paths_of_objects(schema, schema["$defs"])]
    assert len(paths) >= 35
    for path in paths:
        values: Values = {"unknown": 1}
        for key in reversed(path):
            values = {key: values}
        with pytest.raises(Refused, match="additional properties 'unknown' not allowed"):
            render_least(values)


@pytest.mark.parametrize("kit", sorted(kits()))
def test_taken(kit: str) -> None:
    """Every kit of values renders, and `helm lint --strict` has nothing to say."""
    render(kits()[kit])
    assert "0 chart(s) failed" in helm("lint", "--strict", str(CHART), "--values", "-", values=kits()[kit])


def test_lint_of_the_defaults() -> None:
    """The chart as it is, without any value, passes `helm lint --strict`."""
    assert "0 chart(s) failed" in helm("lint", "--strict", str(CHART))


@pytest.mark.parametrize(("version", "taken"), [("1.29.14", False), ("1.30.0", True), ("v1.31.2-eks-7f9249a", True)])
def test_kubernetes_version(version: str, taken: bool) -> None:
    """Kubernetes 1.30 is the oldest, and a provider's suffix does not matter."""
    if taken:
        render(kits()["least"], "--kube-version", version)
        return
    with pytest.raises(Refused, match="chart requires kubeVersion"):
        render(kits()["least"], "--kube-version", version)


def test_as_a_part_of_another_chart(tmp_path: Path) -> None:
    """Of `global`, which Helm hands to each part of a chart, what is known is taken, and the rest refused by name."""
    shutil.copytree(CHART, tmp_path / "charts/omamori")
    (tmp_path / "Chart.yaml").write_text("{apiVersion: v2, name: platform, version: 1.0.0}")
    own = merged(kits()["least"], {"images": {"registry": ""}})
    shared = {"imageRegistry": "mirror.example.com", "imagePullSecrets": [{"name": "fleet"}]}
    rendered = render({"omamori": own, "global": shared}, chart=tmp_path)
    assert rendered.containers()["webhook"]["image"] == f"mirror.example.com/omamori-webhook:{VERSION}"
    assert [pod["imagePullSecrets"] for pod in rendered.pods()] == [[{"name": "fleet"}]] * 2
    with pytest.raises(Refused, match="at '/global': additional properties 'storageClass' not allowed"):
        render({"omamori": own, "global": {**shared, "storageClass": "fast"}}, chart=tmp_path)
