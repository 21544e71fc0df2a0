"""The chart of docs/with/helm.md, rendered by Helm: its Pods ask for what the values say.

The test T-HLM-4 of the list of deployment systems.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import DOCS
from tests.docs.test_with import files_and_variables, found_in
from tests.ecosystem.manifests import explain, lint
from tests.realparts.parts import part
from webhook.workloads.manifest import Manifest, parse_manifests

pytestmark = pytest.mark.real

CHART = DOCS / "with/examples/helm"


def helm(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Helm."""
    command: list[str | Path] = [part("helm") / "bin/helm", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def rendered(*options: str) -> list[Manifest]:
    """Render the chart."""
    ended = helm("template", "shop", CHART, "--namespace", "shop", *options)
    assert ended.returncode == 0, ended.stderr
    return parse_manifests("rendered.yaml", ended.stdout)


def test_the_chart() -> None:
    """T-HLM-4: through `tpl`, in a hook and in a test, each Pod finds what the page says; lint finds nothing."""
    made = rendered()

    assert helm("lint", "--strict", CHART).returncode == 0
    assert [each.kind for each in made] == ["Deployment", "Pod", "Job"]
    assert [finding for each in made for finding in lint(each.value)] == []
    pods = [pod for each in made for pod in explain(each.value)]
    assert [pod.outcome for pod in pods] == ["patched"] * 3
    assert files_and_variables(pods) == found_in(DOCS / "with/helm.md")


def test_braces_and_tpl(tmp_path: Path) -> None:
    """With braces in a value, `tpl` fails: so a template stands in [[ ]]."""
    values = tmp_path / "values.yaml"
    values.write_text("""podAnnotations: {template.omamori.dev/a: '{{ secret "kv/a" }}'}""")

    ended = helm("template", "shop", CHART, "--values", values)

    assert ended.returncode == 1
    assert 'function "secret" not defined' in ended.stderr


def test_a_value_that_is_no_string() -> None:
    """A boolean of --set is a boolean in the manifest, which lint finds; --set-string makes it a string."""
    key = r"test.podAnnotations.omamori\.dev/inject=false"

    rules = {finding.rule for each in rendered("--set", key) for finding in lint(each.value)}

    assert rules == {"not-text"}
    assert [finding for each in rendered("--set-string", key) for finding in lint(each.value)] == []
