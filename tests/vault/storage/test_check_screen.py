"""What `omamori storage check` prints for people, what it never prints, and how it takes a wrong call."""

from __future__ import annotations

import pytest

from tests.support.canary import Canary, occurrences
from tests.support.vault.aws import Aws
from tests.vault.storage.faults import Ground, no_recovery
from webhook.cli import main


def test_for_people(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    """In words, with the hint below, a count, and what was not asked for; the cost of a scan comes first."""
    no_recovery(ground)
    ground.lock(-60)
    ground.describe(OnDemandThroughput={"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": 40})
    arguments = ["storage", "check", "--table", ground.table, "--endpoint-url", ground.aws.endpoint, "--scan"]
    capsys.readouterr()

    assert main(arguments) == 2

    output, errors = capsys.readouterr()
    lines = output.splitlines()
    assert lines[0].startswith("!! no-recovery            point-in-time recovery is off")
    assert lines[1:3] == [f"{'':26}fix: turn it on:", f"{'':26}omamori storage bootstrap --table {ground.table}"]
    assert "i  limited                the table is limited to 40 units a second" in lines
    assert lines[-2] == f"{ground.table}: 1 failed, 1 warning, 1 note"
    assert lines[-1] == "not checked: --vault-address, --vault-pod-environment"
    assert "read units, at 100 a second some" in errors


def test_no_value_is_shown(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    """What an item holds is measured and never told, whatever else is told of it."""
    canary = Canary.random()
    ground.put("logical/4a/secret", "big", Value={"S": canary.value * (350_000 // len(canary.value))})
    arguments = ["storage", "check", "--table", ground.table, "--endpoint-url", ground.aws.endpoint, "--scan"]

    main(arguments)

    assert not occurrences(canary, "".join(capsys.readouterr()).encode())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("--vault-pod-environment", "/nowhere/env"),
            "--vault-pod-environment is '/nowhere/env', which cannot be read",
        ),
        (("--vault-pod-environment", "/dev/null"), "which contains no variable"),
        (("--vault-address", "vault:8200"), "--vault-address is not an address"),
        (("--vault-address", "https://[vault"), "--vault-address is not an address"),
        (("--read-units-per-second", "0"), "--read-units-per-second is 0; write a number above 0"),
        (("--read-units-per-second", "nan"), "--read-units-per-second is nan"),
    ],
)
def test_a_wrong_call(aws: Aws, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str) -> None:
    """It is told by its option, and nothing is asked."""
    assert main(["storage", "check", "--endpoint-url", aws.endpoint, *arguments]) == 1

    errors = capsys.readouterr().err
    assert words in errors, errors
    assert "omamori storage check: --table is missing; so is AWS_DYNAMODB_TABLE" in errors
    assert aws.calls == []
