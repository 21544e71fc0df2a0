"""docs/storage.md lists every IAM action that a command calls, and every reason that a check finds, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.vault.aws import Aws, boto, make
from tests.vault.storage.faults import FAULTS
from webhook.cli import main

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE = Path(__file__).parents[3] / "docs/storage.md"
SERVICES = {"DescribeKey": "kms", "GetMetricStatistics": "cloudwatch"}


# found in tests of their own
OTHERS = {"clock-skew", "limited", "not-looked-at", "not-available"}


def test_reasons() -> None:
    """Each row of the table of findings has a planted fault, and each planted fault its row."""
    rows = re.findall(r"^\| (`[a-z`, -]+) \| (?:failed|warning|note)", PAGE.read_text(), re.MULTILINE)

    listed = {reason for row in rows for reason in re.findall(r"`([a-z-]+)`", row)}

    assert listed == {reason for _, _, reason, _ in FAULTS.values()} | OTHERS


@pytest.mark.parametrize("command", ["check", "size", "restore-plan", "bootstrap"])
def test_actions(command: str, aws: Aws, dynamodb: DynamoDBClient, kms_key: str, table: str, moto: str) -> None:
    """Each command with all that it can do: on a table that is there, and bootstrap on none, too."""
    boto("kms", moto).create_alias(AliasName=f"alias/{table}", TargetKeyId=kms_key)
    options = {
        "check": ["--scan"],
        "bootstrap": ["--tag", "a=b", "--kms-key", f"alias/{table}"],
    }.get(command, [])
    words = ["storage", command, *options, "--endpoint-url", aws.endpoint, "--table"]
    if command == "bootstrap":
        main([*words, f"{table}-new"])
    make(dynamodb, table)
    if command == "restore-plan":
        dynamodb.update_continuous_backups(
            TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
    main([*words, table])

    (row,) = [line for line in PAGE.read_text().splitlines() if line.startswith(f"| `{command}` |")]
    assert set(re.findall(r"`(\w+:\w+)`", row)) == {f"{SERVICES.get(each, 'dynamodb')}:{each}" for each in aws.calls}
