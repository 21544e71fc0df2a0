"""docs/platforms: the values pass the schema and are rendered, and the annotations give the order that is said."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from tests.docs.pages import DOCS, PROJECT, blocks, code_words, fragments
from tests.support.cluster.rendering import Values, merged, render
from tests.support.webhook.builders import patched, pod

PLATFORMS = DOCS / "platforms"
CHART = PROJECT / "deploy/chart"
CASES = PROJECT / "tests/cases"


def yaml_blocks(beginning: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Give the page, the first line and the content of each block whose first line begins so."""
    found = [(page, block) for page in sorted(PLATFORMS.glob("*.md")) for block in blocks(page, "yaml")]
    return [
        (page.stem, block.splitlines()[0], YAML(typ="safe", pure=True).load(block))
        for page, block in found
        if block.startswith(beginning)
    ]


VALUES = {page: values for page, _, values in yaml_blocks("# values.yaml")}
ANNOTATIONS = [(said, annotations) for _, said, annotations in yaml_blocks("# annotations of the Pod")]
of_each_page = pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)


def least() -> Values:
    """As little as the chart takes."""
    found: Values = json.loads((CASES / "chart-values.json").read_text())["least"]
    return found


def test_blocks_are_found() -> None:
    """Each platform that needs values has them, and each mesh its annotations; no other block is passed over."""
    assert set(VALUES) == {"aks", "cilium", "eks", "gke", "openshift"}
    assert [said.split()[-1] for said, _ in ANNOTATIONS] == ["istio-proxy"] * 2 + ["linkerd-proxy"] * 2
    every = [block for page in PLATFORMS.glob("*.md") for block in blocks(page, "yaml")]
    assert len(every) == len(VALUES) + len(ANNOTATIONS)


@of_each_page
def test_values_pass_the_schema(values: Values) -> None:
    """Every value is one of the chart's, with a value that it takes."""
    whole = merged(YAML(typ="safe", pure=True).load((CHART / "values.yaml").read_text()), merged(least(), values))
    jsonschema.validate(whole, json.loads((CHART / "values.schema.json").read_text()))


def test_the_schema_refuses() -> None:
    """A value that the chart does not have is found."""
    with pytest.raises(jsonschema.ValidationError):
        test_values_pass_the_schema({"webhook": {"hostNetwerk": True}})


@pytest.mark.real
@of_each_page
def test_values_are_rendered(values: Values) -> None:
    """Helm takes them, and they change what is rendered."""
    assert render(merged(least(), values)).text != render(least()).text


def mesh_pod(proxy: str, annotations: dict[str, str]) -> dict[str, Any]:
    """Make a Pod into which a mesh has put a native sidecar, with these annotations."""
    native = {"name": proxy, "image": "p", "restartPolicy": "Always"}
    return pod(annotations, initContainers=[{"name": "validation", "image": "p"}, native])


@pytest.mark.parametrize(("said", "annotations"), ANNOTATIONS)
def test_annotations_give_the_order(said: str, annotations: dict[str, str]) -> None:
    """Our container is before or after the mesh's proxy, as the block's first line says; the proxy gets no file."""
    place, proxy = said.rpartition(": ")[2].split()
    injected = patched(mesh_pod(proxy, annotations))["spec"]
    names = [each["name"] for each in injected["initContainers"]]
    assert (names.index("omamori-init") > names.index(proxy)) is (place == "after")
    assert _mounts(injected["containers"][0]) == ["/vault/secrets"]
    assert "/vault/secrets" not in _mounts(injected["initContainers"][names.index(proxy)])


def test_classic_meshes() -> None:
    """Where a mesh has its own init container, and the proxy beside the application, omamori's container is first."""
    shapes = [each for each in _shapes() if each["shape"] in {"Istio, classic", "Linkerd"}]
    assert len(shapes) == 2
    for shape in shapes:
        injected = patched(shape["pod"])["spec"]
        assert injected["initContainers"][0]["name"] == "omamori-init"
        assert injected["initContainers"][1]["name"] in {"istio-init", "linkerd-init"}
        served = [each["name"] for each in injected["containers"] if "/vault/secrets" in _mounts(each)]
        assert served == ["app"]


def _shapes() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((CASES / "pods.json").read_text())
    return found


def _mounts(container: dict[str, Any]) -> list[str]:
    return [each["mountPath"] for each in container.get("volumeMounts", ())]


@pytest.mark.parametrize("page", sorted(PLATFORMS.glob("*.md")), ids=lambda page: page.stem)
def test_page_says_what_was_tried(page: Path) -> None:
    """Each page has its sources and what was tried; words of ours are in the code, tests are there."""
    text = page.read_text()
    if page.stem != "README":
        assert "## What was tried" in text
        assert re.search(r"## Sources\n\n- \[.*\]\(https://", text)
    assert [part for block in blocks(page, "text") for part in fragments(block) if part not in code_words()] == []
    named = re.findall(r"`(tests/[\w/]+\.py)`", text)
    assert [name for name in named if not (PROJECT / name).is_file()] == []
