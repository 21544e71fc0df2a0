"""`omamori storage restore-plan`: the steps have this table's names, and each of our own lines can be run."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.vault.aws import Aws, says
from vault.storage.client import StorageClient
from vault.storage.model import Capacity, Wanted
from vault.storage.moments import parse_moment, render_moment
from vault.storage.table.bootstrap import bootstrap
from vault.storage.waiter import Waiter
from webhook.cli import main

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Run = Callable[..., tuple[int, str]]
SILENT = Waiter(tell=lambda _: None)


@pytest.fixture
def run(aws: Aws, table: str, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command, and give its exit code and what it says; nothing is written."""

    def run_command(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main(["storage", "restore-plan", "--table", table, "--endpoint-url", aws.endpoint, *arguments])
        assert aws.calls
        assert aws.writes == []
        return code, "".join(capsys.readouterr())

    return run_command


def test_the_steps(run: Run, maker: StorageClient, kms_key: str, table: str) -> None:
    """Names, key, how it is paid, tags and days of this table are in the lines that make the new one."""
    wanted = Wanted(table, kms_key, Capacity(7, 20), recovery_days=9, tags=(("team", "a b"),))
    bootstrap(maker, wanted, SILENT)

    code, said = run("--target-table", "vault-again")

    assert code == 0
    for line in (
        (
            "aws dynamodb restore-table-to-point-in-time --region eu-central-1"
            f" --source-table-name {table} --target-table-name vault-again --use-latest-restorable-time"
            f" --sse-specification-override Enabled=true,SSEType=KMS,KMSMasterKeyId={kms_key}"
            " --billing-mode-override PROVISIONED"
            " --provisioned-throughput-override ReadCapacityUnits=7,WriteCapacityUnits=20"
        ),
        "aws dynamodb wait table-exists --region eu-central-1 --table-name vault-again",
        (
            f"omamori storage bootstrap --table vault-again --kms-key {kms_key} --read-capacity 7 --write-capacity 20"
            " --recovery-days 9 --tag 'team=a b'"
        ),
        "arn:aws:dynamodb:eu-central-1:123456789012:table/vault-again",
        'storage "dynamodb" { table = "vault-again" }',
        "hashicorp/vault#22275",
    ):
        assert line in said


def test_the_line_for_bootstrap_works(
    run: Run,
    aws: Aws,
    maker: StorageClient,
    dynamodb: DynamoDBClient,
    kms_key: str,
    table: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """After a restore, which carries none of it, that line gives the new table what the old one has."""
    bootstrap(maker, Wanted(table, kms_key, tags=(("a", "b"),), recovery_days=9), SILENT)
    _, said = run()
    new = f"{table}-restored"
    dynamodb.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=new, UseLatestRestorableTime=True)
    (line,) = [each.strip() for each in said.splitlines() if "omamori storage bootstrap" in each]

    code = main([*shlex.split(line)[1:], "--endpoint-url", aws.endpoint])
    left = [each for each in capsys.readouterr().out.splitlines() if "requested: " in each]
    # moto's restore forgets these two, which AWS's keeps
    assert (code, [each.partition(":")[0] for each in left]) == (2, ["encryption", "capacity"])

    found = dynamodb.describe_table(TableName=new)["Table"]
    backups = dynamodb.describe_continuous_backups(TableName=new)["ContinuousBackupsDescription"]
    assert found["DeletionProtectionEnabled"]
    assert backups["PointInTimeRecoveryDescription"]["RecoveryPeriodInDays"] == 9
    assert dynamodb.list_tags_of_resource(ResourceArn=found["TableArn"])["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_moment(run: Run, aws: Aws, maker: StorageClient, table: str) -> None:
    """A moment within what can be restored is in the line; one outside is refused with the span."""
    bootstrap(maker, Wanted(table), SILENT)
    earliest = datetime(2026, 11, 1, 8, tzinfo=UTC)
    latest = datetime(2026, 11, 24, 8, tzinfo=UTC)
    span = {
        "PointInTimeRecoveryStatus": "ENABLED",
        "RecoveryPeriodInDays": 35,
        "EarliestRestorableDateTime": earliest.timestamp(),
        "LatestRestorableDateTime": latest.timestamp(),
    }
    described = {
        "ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": span}
    }
    aws.instead = lambda operation, _: (200, described) if operation == "DescribeContinuousBackups" else None

    code, said = run("--at", "2026-11-02T09:30:00+01:00")
    assert code == 0
    assert "--restore-date-time 2026-11-02T08:30:00Z" in said
    assert "from 2026-11-01T08:00:00Z to 2026-11-24T08:00:00Z" in said

    code, said = run("--at", "2026-10-31T08:30:00Z")
    assert code == 1
    assert "choose one of 2026-11-01T08:00:00Z to 2026-11-24T08:00:00Z" in said


def test_what_cannot_be_restored(
    run: Run, aws: Aws, maker: StorageClient, dynamodb: DynamoDBClient, table: str
) -> None:
    """A target that is there, recovery that is off, and an endpoint without it: no step is printed."""
    bootstrap(maker, Wanted(table), SILENT)
    assert run("--target-table", table) == (
        1,
        f"omamori storage restore-plan: the table {table} already exists; choose another name by --target-table\n",
    )
    setting = {"PointInTimeRecoveryEnabled": False}
    dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=setting)  # type: ignore[arg-type]
    assert f"point-in-time recovery of {table} is off" in run()[1]
    aws.instead = lambda each, _: says("AccessDeniedException") if each == "ListTagsOfResource" else None
    setting = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=setting)  # type: ignore[arg-type]
    assert "allow dynamodb:ListTagsOfResource" in run()[1]
    aws.instead = lambda each, _: says("UnknownOperationException") if each == "DescribeContinuousBackups" else None
    assert "DescribeContinuousBackups is not available here" in run()[1]


def test_wrong_moments(capsys: pytest.CaptureFixture[str]) -> None:
    """A moment without its time zone is none, and a wrong name is told with it."""
    assert main(["storage", "restore-plan", "--table", "v", "--at", "2026-11-24T07:30:00", "--target-table", "?"]) == 1
    errors = capsys.readouterr().err
    for words in (
        "--table is 'v'",
        "--at is '2026-11-24T07:30:00'; write a moment with its time zone",
        "--target-table is",
    ):
        assert words in errors


@example("0001-01-01T00:00:00+05:00")  # before all time, in UTC
@given(st.text(max_size=30) | st.datetimes(timezones=st.sampled_from([UTC, None])).map(datetime.isoformat))
def test_any_moment(text: str) -> None:
    """It is a moment, which comes back as it was to the second, or it is refused with its text."""
    try:
        moment = parse_moment(text)
    except ValueError as error:
        assert repr(text) in str(error)
    else:
        assert timedelta(0) <= moment - parse_moment(render_moment(moment)) < timedelta(seconds=1)
