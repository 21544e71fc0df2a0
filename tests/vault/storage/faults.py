"""The ground in which faults are planted, and the faults: how each is planted, and what is found of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.vault.aws import SECRET_KEY, Aws, boto

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Check = Callable[..., tuple[int, list[dict[str, str]]]]
Plant = Callable[["Ground"], tuple[str, ...]]

# what an IAM policy for the check has to allow, and all that it may ever call
READS = {
    "DescribeContinuousBackups",
    "DescribeTable",
    "DescribeTimeToLive",
    "GetItem",
    "GetMetricStatistics",
    "ListTagsOfResource",
    "Scan",
}


class Ground:
    """Where faults are planted."""

    def __init__(self, aws: Aws, moto: str, table: str, folder: Path) -> None:
        """Plant nothing yet."""
        self.aws, self.moto, self.table, self.folder = aws, moto, table, folder
        self.dynamodb: DynamoDBClient = boto("dynamodb", moto)

    def put(self, path: str, key: str, **attributes: Any) -> tuple[str, ...]:
        """Put an item."""
        self.dynamodb.put_item(TableName=self.table, Item={"Path": {"S": path}, "Key": {"S": key}, **attributes})
        return ()

    def lock(self, seconds_left: float) -> tuple[str, ...]:
        """Put the row of Vault's lock."""
        expires = str(int((time.time() + seconds_left) * 1e9))
        return self.put("core", "_lock", Value={"B": b"x"}, Identity={"B": b"y"}, Expires={"N": expires})

    def environment(self, *names: str) -> tuple[str, ...]:
        """Write the environment of a Vault Pod."""
        file = self.folder / "environment"
        file.write_text("".join(f"{name}={SECRET_KEY}\n" for name in ("PATH", *names)))
        return ("--vault-pod-environment", str(file))

    def describe(self, **parts: Any) -> tuple[str, ...]:
        """Let DescribeTable give something else."""

        def change(operation: str, answer: dict[str, Any]) -> dict[str, Any]:
            if operation == "DescribeTable":
                answer["Table"].update(parts)
            return answer

        self.aws.change = change
        return ()

    def update(self, **settings: Any) -> tuple[str, ...]:
        """Update the table."""
        self.dynamodb.update_table(TableName=self.table, **settings)
        return ()

    def remade(self, *keys: str, kind: Any = "S") -> tuple[str, ...]:
        """Make the table anew, with another key."""
        self.update(DeletionProtectionEnabled=False)
        self.dynamodb.delete_table(TableName=self.table)
        self.dynamodb.create_table(
            TableName=self.table,
            KeySchema=[{"AttributeName": keys[0], "KeyType": "HASH"}, {"AttributeName": keys[1], "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        return ()


def no_recovery(ground: Ground) -> tuple[str, ...]:
    setting: Any = {"PointInTimeRecoveryEnabled": False}
    ground.dynamodb.update_continuous_backups(TableName=ground.table, PointInTimeRecoverySpecification=setting)
    return ()


def _expiry(ground: Ground) -> tuple[str, ...]:
    setting: Any = {"Enabled": True, "AttributeName": "Expires"}
    ground.dynamodb.update_time_to_live(TableName=ground.table, TimeToLiveSpecification=setting)
    return ()


def _throttled(ground: Ground) -> tuple[str, ...]:
    datum = {
        "MetricName": "WriteThrottleEvents",
        "Dimensions": [{"Name": "TableName", "Value": ground.table}],
        "Timestamp": datetime.now(UTC) - timedelta(hours=2),
        "Value": 7,
    }
    boto("cloudwatch", ground.moto).put_metric_data(Namespace="AWS/DynamoDB", MetricData=[datum])
    return ()


def _deleted(ground: Ground) -> tuple[str, ...]:
    ground.update(DeletionProtectionEnabled=False)
    ground.dynamodb.delete_table(TableName=ground.table)
    return ()


# the fault, how it is planted, and what is found: severity, reason, words.
# Moto counts bytes in base64, so large items are text here; tests/integration has real ones.
FAULTS: dict[str, tuple[Plant, str, str, str]] = {
    "no such table": (_deleted, "failed", "no-table", "there is no such table"),
    "another key": (lambda it: it.remade("Key", "Path"), "failed", "wrong-shape", "HASH Key (S), RANGE Path (S)"),
    "a key of another kind": (lambda it: it.remade("Path", "Key", kind="B"), "failed", "wrong-shape", "HASH Path (B)"),
    "no recovery": (no_recovery, "failed", "no-recovery", "point-in-time recovery is off"),
    "another KMS key": (
        lambda _: ("--kms-key", "arn:aws:kms:eu-central-1:1:key/other"),
        "failed",
        "wrong-key",
        "not by arn:aws:kms:eu-central-1:1:key/other",
    ),
    "a KMS key that is disabled": (
        lambda it: it.describe(
            TableStatus="INACCESSIBLE_ENCRYPTION_CREDENTIALS",
            SSEDescription={"Status": "ENABLED", "InaccessibleEncryptionDateTime": 1.8e9, "KMSMasterKeyArn": "arn"},
        ),
        "failed",
        "key-unusable",
        "cannot be used since 2027-01-15",
    ),
    "no deletion protection": (
        lambda it: it.update(DeletionProtectionEnabled=False),
        "warning",
        "no-protection",
        "one call deletes",
    ),
    "time to live": (_expiry, "failed", "expiry-on", "by the attribute Expires"),
    "throttling": (_throttled, "warning", "throttled", "0 reads and 7 writes of the last 24 hours"),
    "too little capacity": (
        lambda it: it.update(
            BillingMode="PROVISIONED", ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
        ),
        "warning",
        "low-capacity",
        "5 write units a second",
    ),
    "a replica": (
        lambda it: it.describe(Replicas=[{"RegionName": "eu-west-1", "ReplicaStatus": "ACTIVE"}]),
        "warning",
        "replicas",
        "replicas in eu-west-1",
    ),
    "a lock that was left": (lambda it: it.lock(-40), "warning", "stale-lock", "and no node has taken it"),
    "a lock of a clock ahead": (lambda it: it.lock(45), "failed", "lock-ahead", "the active node's clock is ahead"),
    "EKS Pod Identity": (
        lambda it: it.environment("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
        "failed",
        "pod-identity",
        "(AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)",
    ),
    "keys in the Pod": (
        lambda it: it.environment("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        "warning",
        "static-credentials",
        "(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)",
    ),
    "a node that does not answer": (
        lambda _: ("--vault-address", "https://127.0.0.1:9"),
        "warning",
        "node-unreachable",
        "https://127.0.0.1:9 does not answer",
    ),
    "a large item": (
        lambda it: (*it.put("logical/4a/secret", "big", Value={"S": "x" * 360 * 1024}), "--scan"),
        "failed",
        "large-item",
        "logical/4a/secret/big has 360 of the 400 KB",
    ),
    "an item on the way": (
        lambda it: (*it.put("logical/1b/packer/buckets", "7", Value={"S": "x" * 310_000}), "--scan"),
        "warning",
        "large-item",
        "logical/1b/packer/buckets/7 has 303 of the 400 KB",
    ),
    "a table that is not ready": (
        lambda it: it.describe(TableStatus="ARCHIVED"),
        "failed",
        "not-active",
        "the table is ARCHIVED",
    ),
}
# what cannot be so without the other
ALONG = {"key-unusable": {"not-active"}, "wrong-shape": {"no-recovery", "no-protection"}}
