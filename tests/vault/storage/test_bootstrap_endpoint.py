"""`omamori storage bootstrap` where AWS is slow, refuses, lacks an operation, or says yes and does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.vault.aws import Aws, Bootstrap, make, says
from vault.storage.client import StorageClient
from vault.storage.errors import AwsUnreachable
from vault.storage.model import Wanted
from vault.storage.table.bootstrap import bootstrap
from vault.storage.waiter import Waiter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def test_a_key_that_is_dropped(run_bootstrap: Bootstrap, aws: Aws, kms_key: str) -> None:
    """An endpoint that knows recovery, and makes the table without the key: not available here, not a person's task."""

    def change(_operation: str, answer: dict[str, Any]) -> dict[str, Any]:
        answer.get("Table", {}).pop("SSEDescription", None)
        return answer

    aws.change = change

    code, said = run_bootstrap("--kms-key", kms_key)

    assert code == 1
    assert "encryption: not available here\n" in said
    assert "aws dynamodb" not in said


def _stand_in(aws: Aws) -> None:
    """Be an endpoint like DynamoDB Local: no recovery, no tags, and encryption is dropped without a word."""

    def instead(operation: str, _request: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        unknown = ("DescribeContinuousBackups", "UpdateContinuousBackups", "ListTagsOfResource", "DescribeKey")
        return says("UnknownOperationException") if operation in unknown else None

    def change(operation: str, answer: dict[str, Any]) -> dict[str, Any]:
        if operation == "DescribeTable":
            answer.get("Table", {}).pop("SSEDescription", None)
        return answer

    aws.instead, aws.change = instead, change


def test_what_the_endpoint_does_not_know(run_bootstrap: Bootstrap, aws: Aws, kms_key: str, table: str) -> None:
    """It is not available here, also what was dropped without a word: a failure, unless that is allowed."""
    _stand_in(aws)
    asked = ("--kms-key", kms_key, "--tag", "a=b")

    code, said = run_bootstrap(*asked)

    assert code == 1
    for part in ("point-in-time recovery", "tags", "encryption"):
        assert f"{part}: not available here\n" in said
    assert "--allow-missing accepts this" in said
    aws.calls.clear()
    assert run_bootstrap(*asked)[0] == 1
    code, said = run_bootstrap(*asked, "--allow-missing")
    assert (code, said.splitlines()[-1]) == (0, f"{table} is as requested: nothing was changed")
    assert run_bootstrap("--kms-key", "alias/some", "--allow-missing")[0] == 0
    assert aws.writes == []


def test_a_table_that_takes_its_time(aws: Aws, client: StorageClient, table: str) -> None:
    """It is waited for, with a line for each look; so is recovery, which a new table refuses for a while."""
    states = ["CREATING", "CREATING"]
    busy = [says("ContinuousBackupsUnavailableException", "Backups are being enabled")]

    def change(operation: str, answer: dict[str, Any]) -> dict[str, Any]:
        if operation == "DescribeTable" and "Table" in answer and states:
            answer["Table"]["TableStatus"] = states.pop()
        return answer

    aws.change = change
    aws.instead = lambda operation, _: busy.pop() if busy and operation == "UpdateContinuousBackups" else None
    said: list[str] = []
    seconds = iter(range(100))

    outcome = bootstrap(client, Wanted(table), Waiter(said.append, lambda: float(next(seconds)), lambda _: None))

    assert outcome.left == ()
    assert said == [
        f"{table}: there is no such table; creating it",
        f"{table}: waiting, 1 s",
        f"{table}: waiting, 2 s",
        "point-in-time recovery: waiting, 1 s",
        "point-in-time recovery: on",
    ]


def test_a_yes_is_not_believed(aws: Aws, client: StorageClient, table: str) -> None:
    """An endpoint that takes the request for recovery and does nothing about it is told at the deadline."""
    aws.instead = lambda operation, _: (200, {}) if operation == "UpdateContinuousBackups" else None
    seconds = iter(range(0, 100_000, 100))

    with pytest.raises(AwsUnreachable, match="not done within 60 s"):
        bootstrap(client, Wanted(table), Waiter(lambda _: None, lambda: float(next(seconds)), lambda _: None))


@pytest.mark.parametrize(
    "action",
    [
        "DescribeTable",
        "CreateTable",
        "DescribeContinuousBackups",
        "UpdateContinuousBackups",
        "ListTagsOfResource",
        "UpdateTable",
        "TagResource",
    ],
)
def test_an_action_that_is_not_allowed_is_named(
    run_bootstrap: Bootstrap, aws: Aws, dynamodb: DynamoDBClient, table: str, action: str
) -> None:
    """Whoever calls lacks one IAM action: it is the hint."""
    if action != "CreateTable":
        make(dynamodb, table)
    aws.instead = lambda operation, _: says("AccessDeniedException", "no") if operation == action else None

    code, said = run_bootstrap("--tag", "a=b")

    assert code == 1
    assert f"allow dynamodb:{action} for these credentials" in said
