"""`omamori storage bootstrap` against AWS's APIs: made, fixed, refused, never altered behind one's back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.vault.aws import Aws, Bootstrap, boto, make
from vault.storage.client import StorageClient
from vault.storage.errors import WrongShape
from vault.storage.model import Wanted
from vault.storage.table.bootstrap import bootstrap
from vault.storage.waiter import Waiter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PROVISIONED = {"ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}}


def recovery(dynamodb: DynamoDBClient, table: str) -> Any:
    """What is set of it."""
    described = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    return described["PointInTimeRecoveryDescription"]


def test_a_table_is_made_as_asked_for(
    run_bootstrap: Bootstrap, aws: Aws, dynamodb: DynamoDBClient, kms_key: str, table: str
) -> None:
    """Key, billing, encryption, recovery, protection and tags, as boto3 sees them; the second run makes no change."""
    arguments = ("--kms-key", kms_key, "--recovery-days", "7", "--tag", "team=platform", "--tag", "env=")
    code, said = run_bootstrap(*arguments)

    assert (code, said.splitlines()[-1]) == (0, f"{table} is as requested: made"), said
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
    assert run_bootstrap(*arguments) == (0, f"{table} is as requested: nothing was changed\n")
    assert aws.calls
    assert aws.writes == []


def test_provisioned(run_bootstrap: Bootstrap, aws: Aws, dynamodb: DynamoDBClient, table: str) -> None:
    """With both capacities the table is provisioned, and stays so."""
    arguments = ("--read-capacity", "7", "--write-capacity", "9")
    assert run_bootstrap(*arguments)[0] == 0
    found = dynamodb.describe_table(TableName=table)["Table"]["ProvisionedThroughput"]
    assert (found["ReadCapacityUnits"], found["WriteCapacityUnits"]) == (7, 9)

    aws.calls.clear()
    assert run_bootstrap(*arguments)[0] == 0
    assert aws.writes == []


def test_what_vault_made_itself_is_mended(run_bootstrap: Bootstrap, dynamodb: DynamoDBClient, table: str) -> None:
    """A bare table gets recovery, protection and tags; how it is paid stays, and the line that changes it is told."""
    make(dynamodb, table, **PROVISIONED)

    code, said = run_bootstrap("--tag", "a=b")

    assert code == 2
    for words in (
        "point-in-time recovery: on\n",
        "deletion protection: on\n",
        "tags: a=b\n",
        "capacity: provisioned, 5 read and 5 write units a second; requested: on demand",
        f"aws dynamodb update-table --region eu-central-1 --table-name {table} --billing-mode PAY_PER_REQUEST\n",
    ):
        assert words in said
    found = dynamodb.describe_table(TableName=table)["Table"]
    assert found["DeletionProtectionEnabled"]
    assert found["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    assert recovery(dynamodb, table)["PointInTimeRecoveryStatus"] == "ENABLED"
    assert run_bootstrap("--tag", "a=b", "--read-capacity", "5", "--write-capacity", "5")[0] == 0


def test_another_key_and_fewer_days_are_told(
    run_bootstrap: Bootstrap, aws: Aws, dynamodb: DynamoDBClient, kms_key: str, moto: str, table: str
) -> None:
    """What would take something away, or encrypt anew, is left to a person; more days are not."""
    other = boto("kms", moto).create_key()["KeyMetadata"]["Arn"]
    assert run_bootstrap("--kms-key", other, "--recovery-days", "7")[0] == 0
    aws.calls.clear()

    code, said = run_bootstrap("--kms-key", kms_key, "--recovery-days", "3")

    assert code == 2
    assert aws.writes == []
    assert f"encryption: by the key {other}; requested: by the key {kms_key}" in said
    assert f"--sse-specification Enabled=true,SSEType=KMS,KMSMasterKeyId={kms_key}" in said
    assert "PointInTimeRecoveryEnabled=true,RecoveryPeriodInDays=3" in said
    assert run_bootstrap("--recovery-days", "9")[0] == 0
    assert recovery(dynamodb, table)["RecoveryPeriodInDays"] == 9


def test_a_key_by_its_alias(run_bootstrap: Bootstrap, aws: Aws, kms_key: str, moto: str, table: str) -> None:
    """An alias is looked up, so that a second run finds the same key; one that is not there is AWS's to tell."""
    boto("kms", moto).create_alias(AliasName=f"alias/{table}", TargetKeyId=kms_key)
    assert run_bootstrap("--kms-key", f"alias/{table}")[0] == 0
    aws.calls.clear()
    assert run_bootstrap("--kms-key", f"alias/{table}")[1] == f"{table} is as requested: nothing was changed\n"
    assert aws.writes == []

    code, said = run_bootstrap("--kms-key", "alias/none")
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
    run_bootstrap: Bootstrap, aws: Aws, dynamodb: DynamoDBClient, table: str, keys: tuple[tuple[str, str, str], ...]
) -> None:
    """It is somebody else's: told with both keys, and not one call that changes anything."""
    make(dynamodb, table, *keys)

    code, said = run_bootstrap("--tag", "a=b")

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
        bootstrap(client, Wanted(table), Waiter(said.append))
    assert said == []


def test_all_mistakes_of_a_call_at_once(run_bootstrap: Bootstrap, aws: Aws) -> None:
    """Each is told by its option, and AWS is not called."""
    wrong = ("--table", "x", "--tag", "=a", "--read-capacity", "0", "--recovery-days", "36", "--endpoint-url", "x")
    code, said = run_bootstrap(*wrong)

    assert code == 1
    for option in ("--table", "--tag", "--read-capacity", "--write-capacity", "--recovery-days", "--endpoint-url"):
        assert f"omamori storage bootstrap: {option} " in said
    assert aws.calls == []
