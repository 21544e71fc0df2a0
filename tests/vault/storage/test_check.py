"""`omamori storage check`: each planted fault is found, nothing on a good table, and nothing is ever written."""

from __future__ import annotations

import pytest

from tests.support.vault.aws import Aws, says
from tests.support.vault.server import VaultServer
from tests.vault.storage.faults import ALONG, FAULTS, READS, Check, Ground
from webhook.cli import main


def test_a_good_table(ground: Ground, run_check: Check, kms_key: str, vault_server: VaultServer) -> None:
    """Looked at from all sides, by each option, with a real node: nothing is found."""
    ground.put("logical/4a/secret", "fine", Value={"B": b"x" * 250_000})
    environment = ground.environment("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
    node_options = ("--vault-address", vault_server.address, "--vault-ca-file", str(vault_server.ca_file))

    assert run_check("--kms-key", kms_key, "--scan", *environment, *node_options) == (0, [])
    assert set(ground.aws.calls) == READS


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(ground: Ground, run_check: Check, fault: str) -> None:
    """The fault, what it is called, and nothing else; each has a hint."""
    plant, severity, reason, words = FAULTS[fault]

    code, found = run_check(*plant(ground))

    assert code == 2
    others = [each["check"] for each in found if each["check"] != reason]
    assert set(others) == ALONG.get(reason, set())
    (finding,) = [each for each in found if each["check"] == reason]
    assert finding["status"] == severity
    assert words in finding["message"]
    assert finding["fix"]


def test_a_table_that_is_not_vaults_is_left_alone(ground: Ground, run_check: Check, aws: Aws) -> None:
    """Neither its items nor a lock are asked for: its key is another."""
    ground.remade("Key", "Path")

    assert run_check("--scan")[0] == 2
    assert {"GetItem", "Scan"} & set(aws.calls) == set()


@pytest.mark.parametrize(
    ("actions", "parts"),
    [
        (("DescribeContinuousBackups",), ["point-in-time recovery"]),
        (("DescribeTimeToLive",), ["time to live"]),
        (("GetMetricStatistics",), ["throttling"]),
        (("GetItem",), ["the lock, and DynamoDB's clock"]),
    ],
)
@pytest.mark.usefixtures("ground")
def test_what_cannot_be_looked_at(run_check: Check, aws: Aws, actions: tuple[str, ...], parts: list[str]) -> None:
    """A missing right and a missing operation are findings of their own: nothing that was not seen passes for good."""
    aws.instead = lambda operation, _: says("AccessDeniedException") if operation in actions else None
    code, found = run_check()
    assert code == 2
    assert [each["message"].partition(": not checked")[0] for each in found] == parts
    assert all(actions[0] in each["fix"] and each["check"] == "not-looked-at" for each in found)

    aws.instead = lambda operation, _: says("UnknownOperationException") if operation in actions else None
    code, found = run_check()
    assert (code, [each["status"] for each in found]) == (2, ["warning"])
    code, found = run_check("--allow-missing")
    assert (code, [(each["status"], each["check"]) for each in found]) == (0, [("note", "not-available")])


def test_a_key_that_a_stand_in_drops(ground: Ground, run_check: Check, aws: Aws) -> None:
    """Where recovery is not known, nobody can say that a key is: both are not available."""
    aws.instead = lambda each, _: says("UnknownOperationException") if each == "DescribeContinuousBackups" else None
    ground.describe(SSEDescription={})

    code, found = run_check("--kms-key", "arn:aws:kms:eu-central-1:1:key/any", "--allow-missing")

    assert code == 0
    assert [each["message"] for each in found] == [
        f"{part}: not checked, not available here" for part in ("point-in-time recovery", "encryption")
    ]


def test_the_table_itself_must_be_seen(ground: Ground, aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    """Without DescribeTable there is no check: exit code 1, and the action."""
    aws.instead = lambda operation, _: says("AccessDeniedException") if operation == "DescribeTable" else None

    assert main(["storage", "check", "--table", ground.table, "--endpoint-url", aws.endpoint]) == 1
    assert "allow dynamodb:DescribeTable" in capsys.readouterr().err
