"""docs/with: each page shows its example as the file is, lint finds nothing in it, and its Pods find what is said.

The named tests T-FLX-1 and T-SPK-4 of the list of deployment systems are among them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PROJECT, blocks
from tests.ecosystem.manifests import explain, lint
from webhook.explain.picture import PodView
from webhook.workloads.manifest import Manifest, parse_manifests

WITH = DOCS / "with"
EXAMPLES = WITH / "examples"
PAGES = sorted(each for each in WITH.glob("*.md") if each.stem != "README")
_FOUND = re.compile(r"^What its Pods find: (.*)\.$", re.MULTILINE)
of_each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def shown(page: Path) -> dict[str, str]:
    """Give the examples of a page by the name of their file, without the line that names it."""
    found = [block for language in ("yaml", "python") for block in blocks(page, language)]
    return {block.split("\n")[0].removeprefix("# examples/"): block.partition("\n")[2] for block in found}


def found_in(page: Path) -> set[str]:
    """Give the files and variables that a page says its Pods find."""
    said = _FOUND.search(page.read_text())
    return set(re.findall(r"`\$?([^`]+)`", said[1])) if said else set()


def files_and_variables(pods: list[PodView]) -> set[str]:
    """Give what the containers of some Pods find."""
    return {item.name for pod in pods for each in pod.containers for item in (*each.files, *each.variables)}


def objects(text: str) -> list[Manifest]:
    """Parse an example."""
    return parse_manifests("example.yaml", text)


def test_every_example_is_shown_or_linked() -> None:
    """No file of the examples is without a page; of a folder one file is enough."""
    files = {str(each.relative_to(EXAMPLES)) for each in EXAMPLES.rglob("*") if each.is_file()}
    named = {name for page in PAGES for name in shown(page)}
    linked = {link for page in PAGES for link in re.findall(r"\]\(examples/([^)]+)\)", page.read_text())}
    folders = {str(Path(each).parts[0]) for each in named | linked if "/" in each}

    assert len(PAGES) == 13
    assert named <= files
    assert {each for each in files - named - linked if each.partition("/")[0] not in folders} == set()


@of_each_page
def test_example_is_the_file(page: Path) -> None:
    """What a page shows is the file, byte by byte."""
    for name, text in shown(page).items():
        assert text == (EXAMPLES / name).read_text(), name


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
def test_manifests(file: Path) -> None:
    """Lint finds nothing, not even a warning, and the Pods find what the page says."""
    page = WITH / f"{file.stem}.md"
    parsed = objects(file.read_text())
    pods = [pod for each in parsed for pod in explain(each.value)]

    assert parsed
    assert [finding for each in parsed for finding in lint(each.value)] == []
    assert {pod.outcome for pod in pods} <= {"patched"}
    assert files_and_variables(pods) == found_in(page)
    assert found_in(page) or file.stem == "flux"


def test_patch_of_flux() -> None:
    """The patch in the example of Flux is one of a Deployment that the webhook would serve."""
    (_, shop) = objects((EXAMPLES / "flux.yaml").read_text())
    (patch,) = shop.value["spec"]["patches"]
    (deployment,) = objects(patch["patch"])

    template = deployment.value["spec"]["template"]
    template["spec"] = {"serviceAccountName": "checkout", "containers": [{"name": "app", "image": "app"}]}
    assert lint(deployment.value) == set()
    assert files_and_variables(explain(deployment.value)) == {"/vault/secrets/db.env"}


def test_nothing_that_tools_replace() -> None:
    """T-FLX-1, T-SPK-4: neither examples nor our manifests have braces or dollars that a tool would replace."""
    places = [*EXAMPLES.rglob("*"), *(PROJECT / "deploy/kustomize").rglob("*.yaml")]
    places += (PROJECT / "deploy/argo-cd").iterdir()
    # the alerts have templates of Prometheus
    others = {"templates", "monitoring"}
    looked_at = [each for each in places if each.suffix == ".yaml" and others.isdisjoint(each.parts)]

    assert len(looked_at) > 15
    assert [each for each in looked_at if re.search(r"\{\{|\$\{|\$\(", each.read_text())] == []


@of_each_page
def test_page_says_what_was_tried(page: Path) -> None:
    """Each page has its sources, what was tried and by which tests; without the example it is short."""
    text = page.read_text()
    named = re.findall(r"`(tests/[\w/.-]+\.(?:py|yaml))`", text)

    assert "## What was tried" in text
    assert re.search(r"## Sources\n\n- \[.*\]\(https://", text)
    assert named
    assert [name for name in named if not (PROJECT / name).is_file()] == []
    assert len(re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL).splitlines()) <= 50


def test_index() -> None:
    """The index has every page."""
    table = re.findall(r"^\| \[[^\]]+\]\(([\w-]+)\.md\)", (WITH / "README.md").read_text(), re.MULTILINE)
    assert sorted(table) == [page.stem for page in PAGES]
