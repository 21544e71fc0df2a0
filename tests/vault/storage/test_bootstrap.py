"""`omamori storage bootstrap` against AWS's APIs: made, mended, refused, never altered behind one's back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.vault.storage.conftest import SECRET_KEY, boto
from tests.vault.support.aws import Aws, says
from vault.storage.bootstrap import bootstrap
from vault.storage.client import StorageClient
from vault.storage.errors import AwsUnreachable, WrongShape
from vault.storage.patience import Patience
from vault.storage.table import Wanted
from webhook.commands import main

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Run = Callable[..., tuple[int, str]]

ON_DEMAND = {"BillingMode": "PAY_PER_REQUEST"}
PROVISIONED = {"ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}}


@pytest.fixture
def run(aws: Aws, table: str, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command, and give its exit code and all that it says."""

    def run_command(*arguments: str) -> tuple[int, str]:
        code = main(["storage", "bootstrap", "--table", table, "--endpoint-url", aws.endpoint, *arguments])
        said = "".join(capsys.readouterr())
        assert SECRET_KEY not in said
        return code, said

    return run_command


def make(dynamodb: DynamoDBClient, table: str, *keys: tuple[str, Any, Any], **settings: Any) -> None:
    """Make a table that is not ours: of the given key, as name, role and kind."""
    chosen: tuple[tuple[str, Any, Any], ...] = keys or (("Path", "HASH", "S"), ("Key", "RANGE", "S"))
    dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": name, "KeyType": role} for name, role, _ in chosen],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, _, kind in chosen],
        **(settings or ON_DEMAND),
    )


def recovery(dynamodb: DynamoDBClient, table: str) -> Any:
    """What is set of it."""
    described = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    return described["PointInTimeRecoveryDescription"]


def test_a_table_is_made_as_asked_for(run: Run, aws: Aws, dynamodb: DynamoDBClient, kms_key: str, table: str) -> None:
    """Key, billing, encryption, recovery, protection and tags, as boto3 sees them; the second run makes no change."""
    arguments = ("--kms-key", kms_key, "--recovery-days", "7", "--tag", "team=platform", "--tag", "env=")
    code, said = run(*arguments)

    assert (code, said.splitlines()[-1]) == (0, f"{table} is as asked for: made"), said
    found = dynamodb.describe_table(TableName=table)["Table"]
    assert found["KeySchema"] == [
        {"AttributeName": "Path", "KeyType": "HASH"},
        {"AttributeName": "Key", "KeyType": "RANGE"},
    ]
    assert {each["AttributeName"]: each["AttributeType"] for each in found["AttributeDefinitions"]} == {
        "Path": "S",
        "Key": "S",
    }
    assert found["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert found["SSEDescription"]["KMSMasterKeyArn"] == kms_key
    assert found["DeletionProtectionEnabled"]
    assert recovery(dynamodb, table)["PointInTimeRecoveryStatus"] == "ENABLED"
    assert recovery(dynamodb, table)["RecoveryPeriodInDays"] == 7
    assert dynamodb.list_tags_of_resource(ResourceArn=found["TableArn"])["Tags"] == [
        {"Key": "team", "Value": "platform"},
        {"Key": "env", "Value": ""},
    ]
    aws.calls.clear()
    assert run(*arguments) == (0, f"{table} is as asked for: nothing was changed\n")
    assert aws.calls
    assert aws.writes == []


def test_provisioned(run: Run, aws: Aws, dynamodb: DynamoDBClient, table: str) -> None:
    """With both capacities the table is provisioned, and stays so."""
    arguments = ("--read-capacity", "7", "--write-capacity", "9")
    assert run(*arguments)[0] == 0
    found = dynamodb.describe_table(TableName=table)["Table"]["ProvisionedThroughput"]
    assert (found["ReadCapacityUnits"], found["WriteCapacityUnits"]) == (7, 9)

    aws.calls.clear()
    assert run(*arguments)[0] == 0
    assert aws.writes == []


def test_what_vault_made_itself_is_mended(run: Run, dynamodb: DynamoDBClient, table: str) -> None:
    """A bare table gets recovery, protection and tags; how it is paid stays, and the line that changes it is told."""
    make(dynamodb, table, **PROVISIONED)

    code, said = run("--tag", "a=b")

    assert code == 2
    for words in (
        "point-in-time recovery: on\n",
        "deletion protection: on\n",
        "tags: a=b\n",
        "capacity: provisioned, 5 read and 5 write units a second; asked for: on demand",
        f"aws dynamodb update-table --region eu-central-1 --table-name {table} --billing-mode PAY_PER_REQUEST\n",
    ):
        assert words in said
    found = dynamodb.describe_table(TableName=table)["Table"]
    assert found["DeletionProtectionEnabled"]
    assert found["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    assert recovery(dynamodb, table)["PointInTimeRecoveryStatus"] == "ENABLED"
    assert run("--tag", "a=b", "--read-capacity", "5", "--write-capacity", "5")[0] == 0


def test_another_key_and_fewer_days_are_told(
    run: Run, aws: Aws, dynamodb: DynamoDBClient, kms_key: str, moto: str, table: str
) -> None:
    """What would take something away, or encrypt anew, is left to a person; more days are not."""
    other = boto("kms", moto).create_key()["KeyMetadata"]["Arn"]
    assert run("--kms-key", other, "--recovery-days", "7")[0] == 0
    aws.calls.clear()

    code, said = run("--kms-key", kms_key, "--recovery-days", "3")

    assert code == 2
    assert aws.writes == []
    assert f"encryption: by the key {other}; asked for: by the key {kms_key}" in said
    assert f"--sse-specification Enabled=true,SSEType=KMS,KMSMasterKeyId={kms_key}" in said
    assert "PointInTimeRecoveryEnabled=true,RecoveryPeriodInDays=3" in said
    assert run("--recovery-days", "9")[0] == 0
    assert recovery(dynamodb, table)["RecoveryPeriodInDays"] == 9


def test_a_key_by_its_alias(run: Run, aws: Aws, kms_key: str, moto: str, table: str) -> None:
    """An alias is looked up, so that a second run finds the same key; one that is not there is AWS's to tell."""
    boto("kms", moto).create_alias(AliasName=f"alias/{table}", TargetKeyId=kms_key)
    assert run("--kms-key", f"alias/{table}")[0] == 0
    aws.calls.clear()
    assert run("--kms-key", f"alias/{table}")[1] == f"{table} is as asked for: nothing was changed\n"
    assert aws.writes == []

    code, said = run("--kms-key", "alias/none")
    assert code == 1
    assert "DescribeKey: NotFoundException" in said


@pytest.mark.parametrize(
    "keys",
    [
        (("Path", "HASH", "S"),),
        (("Key", "HASH", "S"), ("Path", "RANGE", "S")),
        (("Path", "HASH", "S"), ("Key", "RANGE", "N")),
        (("Path", "HASH", "B"), ("Key", "RANGE", "S")),
        (("LockID", "HASH", "S"),),
    ],
)
def test_a_table_of_another_shape_is_refused(
    run: Run, aws: Aws, dynamodb: DynamoDBClient, table: str, keys: tuple[tuple[str, str, str], ...]
) -> None:
    """It is somebody else's: told with both keys, and not one call that changes anything."""
    make(dynamodb, table, *keys)

    code, said = run("--tag", "a=b")

    assert code == 1
    assert f"the table {table} has the key HASH {keys[0][0]} ({keys[0][2]})" in said
    assert "Vault's has HASH Path (S), RANGE Key (S)" in said
    assert aws.writes == []


def test_another_shape_is_not_waited_for(aws: Aws, client: StorageClient, dynamodb: DynamoDBClient, table: str) -> None:
    """Somebody else's table is refused at once, whatever state it is in."""
    make(dynamodb, table, ("LockID", "HASH", "S"))

    def change(_operation: str, answer: dict[str, Any]) -> dict[str, Any]:
        answer.get("Table", {})["TableStatus"] = "UPDATING"
        return answer

    aws.change = change
    said: list[str] = []

    with pytest.raises(WrongShape):
        bootstrap(client, Wanted(table), Patience(said.append))
    assert said == []


def test_a_key_that_is_dropped(run: Run, aws: Aws, kms_key: str) -> None:
    """An endpoint that knows recovery, and makes the table without the key: not available here, not a person's task."""

    def change(_operation: str, answer: dict[str, Any]) -> dict[str, Any]:
        answer.get("Table", {}).pop("SSEDescription", None)
        return answer

    aws.change = change

    code, said = run("--kms-key", kms_key)

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


def test_what_the_endpoint_does_not_know(run: Run, aws: Aws, kms_key: str, table: str) -> None:
    """It is not available here, also what was dropped without a word: a failure, unless that is allowed."""
    _stand_in(aws)
    asked = ("--kms-key", kms_key, "--tag", "a=b")

    code, said = run(*asked)

    assert code == 1
    for part in ("point-in-time recovery", "tags", "encryption"):
        assert f"{part}: not available here\n" in said
    assert "--allow-missing takes it so" in said
    aws.calls.clear()
    assert run(*asked)[0] == 1
    code, said = run(*asked, "--allow-missing")
    assert (code, said.splitlines()[-1]) == (0, f"{table} is as asked for: nothing was changed")
    assert run("--kms-key", "alias/some", "--allow-missing")[0] == 0
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

    outcome = bootstrap(client, Wanted(table), Patience(said.append, lambda: float(next(seconds)), lambda _: None))

    assert outcome.left == ()
    assert said == [
        f"{table}: there is no such table; it is being made",
        f"{table}: waiting, 1 s",
        f"{table}: waiting, 2 s",
        "point-in-time recovery: waiting, 1 s",
        "point-in-time recovery: on",
    ]


def test_a_yes_is_not_believed(aws: Aws, client: StorageClient, table: str) -> None:
    """An endpoint that takes the wish for recovery and does nothing about it is told at the deadline."""
    aws.instead = lambda operation, _: (200, {}) if operation == "UpdateContinuousBackups" else None
    seconds = iter(range(0, 100_000, 100))

    with pytest.raises(AwsUnreachable, match="not within 60 s"):
        bootstrap(client, Wanted(table), Patience(lambda _: None, lambda: float(next(seconds)), lambda _: None))


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
    run: Run, aws: Aws, dynamodb: DynamoDBClient, table: str, action: str
) -> None:
    """Whoever calls lacks one IAM action: it is the hint."""
    if action != "CreateTable":
        make(dynamodb, table)
    aws.instead = lambda operation, _: says("AccessDeniedException", "no") if operation == action else None

    code, said = run("--tag", "a=b")

    assert code == 1
    assert f"allow dynamodb:{action} to whoever calls" in said


def test_all_mistakes_of_a_call_at_once(run: Run, aws: Aws) -> None:
    """Each is told by its option, and AWS is not called."""
    wrong = ("--table", "x", "--tag", "=a", "--read-capacity", "0", "--recovery-days", "36", "--endpoint-url", "x")
    code, said = run(*wrong)

    assert code == 2
    for option in ("--table", "--tag", "--read-capacity", "--write-capacity", "--recovery-days", "--endpoint-url"):
        assert f"omamori storage bootstrap: {option} " in said
    assert aws.calls == []
