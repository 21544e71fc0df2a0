"""What `omamori lint` prints, what it reads, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from ruamel.yaml import YAML

from tests.webhook.lint.test_planted import CASES
from tests.webhook.test_commands import run

REFUSED = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n    file.omamori.dev/a: kv/a mod=1\nspec:\n"
REFUSED += "  serviceAccountName: a\n  containers: [{name: app, image: app}]\n"
WARNED = REFUSED.replace(" mod=1", "").replace("  serviceAccountName: a\n", "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a wrong manifest, one with a warning, one that is no YAML, and one that is not read."""
    (tmp_path / "a.yaml").write_text(REFUSED)
    (tmp_path / "b.yml").write_text(WARNED)
    (tmp_path / "c.json").write_text('{"kind": ')
    (tmp_path / "README.md").write_text("a: [")
    return tmp_path


def test_text(folder: Path) -> None:
    """A line for each finding, in the order of files and lines; the count is on standard error."""
    ended = run("lint", folder)

    assert ended.returncode == 2
    first, second, third = ended.stdout.splitlines()
    assert first.startswith(f"{folder}/a.yaml:6:5: error: Pod a: file.omamori.dev/a: has an unknown option mod=")
    assert second.startswith(f"{folder}/b.yml:5:3: warning: Pod a: the Pod uses the ServiceAccount 'default'")
    assert third.startswith(f"{folder}/c.json:1:")
    assert "error: is not YAML: " in third
    assert "2 objects of 3 files: 2 errors, 1 warnings, 0 notes" in ended.stderr
    assert "no settings are given" in ended.stderr


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [(WARNED, (), 0), (WARNED, ("--strict",), 2), (REFUSED, (), 2), ("", (), 0), ("a: b\n", ("--strict",), 0)],
)
def test_exit_code(tmp_path: Path, text: str, options: tuple[str, ...], code: int) -> None:
    """Errors count, warnings with --strict."""
    file = tmp_path / "a.yaml"
    file.write_text(text)
    assert run("lint", *options, file).returncode == code


def test_standard_input(folder: Path) -> None:
    """A pipe has no name."""
    ended = run("lint", "-", stdin=(folder / "a.yaml").read_text())
    assert ended.returncode == 2
    assert ":6:5: error: Pod a: " in ended.stdout


def test_no_such_file(tmp_path: Path) -> None:
    """A file that is not there, and a folder without manifests, are errors: nothing was checked."""
    ended = run("lint", tmp_path / "none.yaml", tmp_path)
    assert ended.returncode == 2
    assert "none.yaml: error: cannot be read: No such file or directory (unreadable)" in ended.stdout
    assert "error: has no file that ends with .yaml, .yml, .json (unreadable)" in ended.stdout


def test_sarif(folder: Path) -> None:
    """Each result has its rule, level and place, as a code host reads them."""
    log: dict[str, Any] = json.loads(run("lint", "-o", "sarif", folder).stdout)

    (report,) = log["runs"]
    assert (log["version"], report["tool"]["driver"]["name"]) == ("2.1.0", "omamori lint")
    rules = [each["id"] for each in report["tool"]["driver"]["rules"]]
    assert rules == ["admission-warning", "annotation", "unreadable"]
    refused, *_ = report["results"]
    assert (rules[refused["ruleIndex"]], refused["ruleId"], refused["level"]) == ("annotation", "annotation", "error")
    place = refused["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].endswith("/a.yaml")
    assert place["region"] == {"startLine": 6, "startColumn": 5}
    texts = [each["shortDescription"]["text"] for each in report["tool"]["driver"]["rules"]]
    assert texts[1] == "the Pod is refused: an annotation is unknown, or its value is wrong"


def test_junit(folder: Path) -> None:
    """An error is a case that fails; a file without one is a case that passes, and a warning its output."""
    suite = ET.fromstring(run("lint", "-o", "junit", folder).stdout)  # noqa: S314 - our own

    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    refused, warned, unreadable = suite
    assert refused.get("name") == f"{folder}/a.yaml:6:5"
    failure = refused.find("failure")
    assert failure is not None
    assert failure.get("type") == "annotation"
    assert "mod=" in (failure.get("message") or "")
    assert (warned.get("name"), warned.find("failure")) == (f"{folder}/b.yml", None)
    assert "warning: Pod a" in (warned.findtext("system-out") or "")
    assert unreadable.find("failure") is not None


def test_hostile_names(tmp_path: Path) -> None:
    """Control characters of a manifest are escaped in each format, and XML stays XML."""
    file = tmp_path / "a.yaml"
    file.write_text(REFUSED.replace("name: a\n", 'name: "a\\e[31m\\0<b>"\n', 1))
    for output in ("text", "junit"):
        printed = run("lint", "-o", output, file).stdout
        assert "\x1b" not in printed
        assert "\0" not in printed
    ET.fromstring(run("lint", "-o", "junit", file).stdout)  # noqa: S314 - our own


@pytest.mark.usefixtures("no_settings")
def test_settings(tmp_path: Path) -> None:
    """Without settings a Vault that is named is there; with those of the chart, or of the environment, it has to be."""
    file = tmp_path / "a.yaml"
    file.write_text(REFUSED.replace("mod=1", "vault=eu"))
    variables = {"OMAMORI_VAULTS": "main", "OMAMORI_VAULT_MAIN_ADDRESS": "https://vault.example.com:8200"}

    assert run("lint", file).returncode == 0
    for ended in (run("lint", "--settings", CASES / "values.yaml", file), run("lint", file, **variables)):
        assert ended.returncode == 2
        assert "there is no Vault 'eu'; there are: main" in ended.stdout
        assert "no settings are given" not in ended.stderr
    wrong = tmp_path / "values.yaml"
    wrong.write_text("replicas: 2\n")
    ended = run("lint", "--settings", wrong, file)
    assert ended.returncode == 1
    assert "lacks vaults: these are no values of omamori's chart" in ended.stderr


def test_manifests_go_through(folder: Path) -> None:
    """Without an error the input comes out byte for byte, files as documents; with one nothing does."""
    odd = f"# a comment\n\n{WARNED}"
    piped = run("lint", "-o", "manifests", "-", stdin=odd)
    assert (piped.returncode, piped.stdout) == (0, odd)
    assert ": warning: Pod a: " in piped.stderr
    strict = run("lint", "-o", "manifests", "--strict", "-", stdin=odd)
    assert (strict.returncode, strict.stdout) == (2, "")
    (folder / "a.yaml").write_text(WARNED.rstrip("\n"))
    (folder / "c.json").unlink()
    both = run("lint", "-o", "manifests", folder)
    assert both.stdout == f"{WARNED}---\n{WARNED}"

    (folder / "b.yml").write_text(REFUSED)
    refused = run("lint", "-o", "manifests", folder)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert ": error: Pod a: " in refused.stderr


def resource_list(*items: str) -> str:
    """Make the input of a KRM function."""
    head = (
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig: {apiVersion: v1, kind: ConfigMap}\n"
    )
    indented = ["- " + item.rstrip("\n").replace("\n", "\n  ") + "\n" for item in items]
    return f"{head}items:\n{''.join(indented)}"


def test_krm_function() -> None:
    """Items and comments stay; each finding is a result with its object and file, and a second run gives the same."""
    where = "    internal.config.kubernetes.io/path: apps/a.yaml\n    internal.config.kubernetes.io/index: '1'\n"
    wrong = REFUSED.replace("  annotations:\n", f"  annotations:   # of the Pod\n{where}")
    sent = resource_list(WARNED.replace("name: a\n", "name: b\n  namespace: shop\n", 1), wrong)
    ended = run("lint", "-o", "krm", "-", stdin=sent)

    assert ended.returncode == 2
    assert ended.stdout.startswith(sent)
    results = YAML(typ="safe").load(ended.stdout)["results"]
    warning, error = sorted(results, key=lambda result: str(result["severity"]), reverse=True)
    assert warning["resourceRef"] == {"apiVersion": "v1", "kind": "Pod", "name": "b", "namespace": "shop"}
    assert "file" not in warning
    assert error["severity"] == "error"
    assert error["file"] == {"path": "apps/a.yaml", "index": 1}
    assert error["message"].startswith("file.omamori.dev/a: has an unknown option mod=")
    assert f": error: Pod a: {error['message']}" in ended.stderr
    assert run("lint", "-o", "krm", "-", stdin=ended.stdout).stdout == ended.stdout
    clean = run("lint", "-o", "krm", "-", stdin=resource_list("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"))
    assert (clean.returncode, YAML(typ="safe").load(clean.stdout)["results"]) == (0, [])


@pytest.mark.parametrize("text", [REFUSED, "", "a: [", "- a\n", f"{resource_list(WARNED)}---\n{WARNED}"])
def test_no_resource_list(text: str) -> None:
    """What is no ResourceList is not answered as one."""
    ended = run("lint", "-o", "krm", "-", stdin=text)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "takes one ResourceList" in ended.stderr
