"""How `omamori doctor` tells what it found, and which calls it refuses."""

from __future__ import annotations

import json

import pytest

from tests.webhook.seen import PLACE, judged, seen_with
from vault.report import is_well, render_json, render_text
from webhook.cli import main


def test_text() -> None:
    """For people: a line for each check, the fix on a line of its own below it, and a count."""
    findings = judged(seen_with({"binding": None}))
    lines = render_text(str(PLACE), findings, ["--path"]).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("!! backstop-binding"))
    assert lines[at] == "!! backstop-binding       there is no binding"
    assert lines[at + 1].startswith(" " * 26 + "fix: apply the chart again")
    assert lines[-2:] == [f"{PLACE}: 1 failed, 14 ok", "not checked: --path"]
    assert max(map(len, lines)) <= 110


def test_json() -> None:
    """For programs: the version of the shape, and each check with all its fields."""
    findings = judged(seen_with({"binding": None}))
    document = json.loads(render_json({"namespace": PLACE.namespace}, findings, []))
    assert document["reportVersion"] == 1
    assert len(document["findings"]) == len(findings)
    assert {frozenset(each) for each in document["findings"]} == {
        frozenset(["check", "subject", "status", "message", "fix", "command"])
    }
    assert [each["check"] for each in document["findings"] if each["status"] != "ok"] == ["backstop-binding"]
    assert not is_well(findings)
    assert is_well(judged(seen_with({})))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--service-account", "checkout"], "write NAMESPACE/NAME"),
        (["--path", "secret/data/a"], "which should be able to read it"),
        (["--vault-address", "https://vault"], "write NAME=https://HOST:PORT"),
        (["--vault-address", "main=https://vault:8200/v1"], "the path /v1 or /ui; write https://vault:8200"),
        (["--vault-ca-file", "there-is-none"], "--vault-ca-file there-is-none: No such file"),
        (["--kubeconfig", "there-is-none"], "no cluster is set up"),
    ],
)
def test_wrong_call(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A call that cannot be ends with 1, and says what to write."""
    assert main(["doctor", *words]) == 1
    assert told in capsys.readouterr().err


def test_unknown_flag(capsys: pytest.CaptureFixture[str]) -> None:
    """So does a flag that there is not: 2 says that there is something to do."""
    for command in (["doctor"], ["policy", "plan"], ["storage", "check"]):
        assert main([*command, "--no-such-flag"]) == 1
        words = " ".join(["omamori", *command])
        told = f"{words}: no such option '--no-such-flag'; see {words} --help\n"
        assert capsys.readouterr().err == told
