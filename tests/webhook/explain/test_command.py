"""What `omamori explain` prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.webhook.explain.test_view import POD
from tests.webhook.lint.test_formats import REFUSED
from tests.webhook.test_commands import run

HOSTILE = POD.replace("name: shop\n", 'name: "a\\e[31m|`<b>"\n', 1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A manifest."""
    made = tmp_path / "pod.yaml"
    made.write_text(POD)
    return made


def test_text(file: Path) -> None:
    """Columns are aligned."""
    ended = run("explain", file)

    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert lines[:2] == [f"Pod shop/shop ({file}:1)", "  patched, mode init; ServiceAccount shop/shop"]
    assert "    /srv/in/hosts               0444      secret/data/hosts, version 3, as json" in lines
    assert "    $PASSWORD                   launcher  password of secret/data/db" in lines
    assert '    path "pki/issue/shop" { capabilities = ["update"] }' in lines
    assert "  unknown: what template.omamori.dev/computed reads is computed in the Pod" in lines


def test_documents(file: Path) -> None:
    """Markdown has a table and the policy, JSON all of it, SVG is XML."""
    markdown = run("explain", "-o", "markdown", file).stdout
    assert "| `app` | `$PASSWORD` | launcher | password of secret/data/db |" in markdown
    assert '```hcl\npath "pki/issue/shop" { capabilities = ["update"] }\n' in markdown
    answer = json.loads(run("explain", "-o", "json", file).stdout)
    assert answer["explainVersion"] == 1
    assert answer["pods"][0]["logins"][0]["role"] == "shop.shop"
    picture = ET.fromstring(run("explain", "-o", "svg", file).stdout)  # noqa: S314 - our own
    texts = [each.text or "" for each in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "Pod shop/shop: patched, mode init" in texts
    assert any(text.startswith("/srv/in/hosts") for text in texts)


@pytest.mark.parametrize("output", ["text", "markdown", "svg"])
def test_hostile_names(file: Path, output: str) -> None:
    """Names of a manifest are no control sequences, and no markup."""
    file.write_text(HOSTILE)
    printed = run("explain", "-o", output, file).stdout
    assert "\x1b" not in printed
    if output == "svg":
        ET.fromstring(printed)  # noqa: S314 - our own
    if output == "markdown":
        assert "<b>" not in printed.replace("\\<b\\>", "")


def test_exit_codes(file: Path, tmp_path: Path) -> None:
    """A Pod that is refused, a file that cannot be read, and nothing at all."""
    refused, wrong, empty = (tmp_path / name for name in ("refused.yaml", "wrong.yaml", "empty.yaml"))
    refused.write_text(REFUSED)
    wrong.write_text("a: [")
    empty.write_text("kind: ConfigMap\n")

    ended = run("explain", refused, file)
    assert (ended.returncode, ended.stdout.count("ServiceAccount")) == (2, 2)
    assert "problem: file.omamori.dev/a: has an unknown option mod=" in ended.stdout
    ended = run("explain", wrong, file)
    assert ended.returncode == 2
    assert "wrong.yaml:1:" in ended.stderr
    ended = run("explain", empty)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "no Pod in these files asks for a secret" in ended.stderr
