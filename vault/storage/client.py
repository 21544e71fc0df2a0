"""The way to AWS: boto3, imported here and nowhere else, its errors translated into ours.

What is in an item's value is measured here and dropped: no method gives it.

Fact: botocore does not read AWS_REGION, which aws and Vault do; whoever makes a `Place` must.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import boto3
from boto3.exceptions import Boto3Error
from botocore import exceptions as theirs
from botocore.config import Config
from botocore.parsers import ResponseParserError

from vault.storage.aws_errors import no_answer_of_aws, translate
from vault.storage.clock import Reading
from vault.storage.errors import SetupInvalid, TableMissing
from vault.storage.model import SHAPE, Wanted
from vault.storage.rows import LOCK_KEY, LOCK_PATH, Lock, StoredItem, measure, parse_lock
from vault.timelimit import CALL_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import (
        ContinuousBackupsDescriptionTypeDef,
        TableDescriptionTypeDef,
        TimeToLiveDescriptionTypeDef,
    )

# what botocore and boto3 raise has no one base
ERRORS = (
    theirs.BotoCoreError,
    theirs.ClientError,
    theirs.UndefinedModelAttributeError,
    Boto3Error,
    ResponseParserError,
)

_CONNECT_SECONDS = 5.0
_calls = logging.getLogger("omamori.calls")


@dataclass(frozen=True, slots=True)
class Place:
    """Which AWS, and as whom; "" leaves it to AWS's own configuration. The endpoint is that of all services.

    One try of a call ends after `call_seconds`.
    """

    region: str = ""
    profile: str = ""
    endpoint_url: str = ""
    call_seconds: float = CALL_SECONDS


Start: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Some items of a scan, what it cost, and where it goes on; None: that was all."""

    items: tuple[StoredItem, ...]
    units: float
    next_start: Start | None


class StorageClient:
    """The calls that the table needs. Raises StorageFailure and nothing else."""

    def __init__(self, place: Place) -> None:
        """Connect to nothing yet. Raises SetupInvalid."""
        with _translated("boto3"):
            self._session = _session(place.profile, place.region)
            self._where: dict[str, Any] = {
                "config": _config(place.call_seconds),
                "endpoint_url": place.endpoint_url or None,
            }
            try:
                self._dynamodb = self._session.client("dynamodb", **self._where)
            except ValueError:  # its text has the address, and what is in it
                raise SetupInvalid("the endpoint is not a URL", hint="write http(s)://HOST:PORT") from None

    def describe_table(self, table: str) -> TableDescriptionTypeDef | None:
        """What DescribeTable gives; None: there is no such table."""
        try:
            with _translated("dynamodb"):
                return self._dynamodb.describe_table(TableName=table)["Table"]
        except TableMissing:
            return None

    def create_table(self, wanted: Wanted) -> None:
        """Begin to make a table. What can be said only of a table that is there is not asked for: recovery."""
        more: dict[str, Any] = {"BillingMode": "PAY_PER_REQUEST"}
        if wanted.capacity:
            units = {
                "ReadCapacityUnits": wanted.capacity.read_units,
                "WriteCapacityUnits": wanted.capacity.write_units,
            }
            more = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units}
        if wanted.kms_key_arn:
            more["SSESpecification"] = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": wanted.kms_key_arn}
        if wanted.tags:
            more["Tags"] = [{"Key": name, "Value": value} for name, value in wanted.tags]
        with _translated("dynamodb"):
            self._dynamodb.create_table(
                TableName=wanted.name,
                KeySchema=[{"AttributeName": each.name, "KeyType": each.role} for each in SHAPE],
                AttributeDefinitions=[{"AttributeName": each.name, "AttributeType": each.kind} for each in SHAPE],
                DeletionProtectionEnabled=True,
                **more,
            )

    def protect_table(self, table: str) -> None:
        """Turn deletion protection on."""
        with _translated("dynamodb"):
            self._dynamodb.update_table(TableName=table, DeletionProtectionEnabled=True)

    def describe_backups(self, table: str) -> ContinuousBackupsDescriptionTypeDef:
        """What is set of point-in-time recovery."""
        with _translated("dynamodb"):
            return self._dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]

    def keep_backups(self, table: str, days: int | None) -> None:
        """Turn point-in-time recovery on; None: for as long as AWS does by default."""
        setting: Any = {"PointInTimeRecoveryEnabled": True, **({"RecoveryPeriodInDays": days} if days else {})}
        with _translated("dynamodb"):
            self._dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=setting)

    def tags(self, arn: str) -> dict[str, str]:
        """All tags of a table."""
        with _translated("dynamodb"):
            pages = self._dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
            return {tag["Key"]: tag["Value"] for page in pages for tag in page.get("Tags", ())}

    def add_tags(self, arn: str, tags: Mapping[str, str]) -> None:
        """Set tags; others stay."""
        with _translated("dynamodb"):
            self._dynamodb.tag_resource(
                ResourceArn=arn, Tags=[{"Key": name, "Value": value} for name, value in tags.items()]
            )

    def describe_time_to_live(self, table: str) -> TimeToLiveDescriptionTypeDef:
        """What is set of the expiry of items."""
        with _translated("dynamodb"):
            return self._dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]

    def lock(self, table: str) -> tuple[Lock | None, Reading]:
        """The row of Vault's lock, None without one, and DynamoDB's clock when it answered."""
        asked_at = time.monotonic()
        with _translated("dynamodb"):
            answer = self._dynamodb.get_item(
                TableName=table,
                Key={"Path": {"S": LOCK_PATH}, "Key": {"S": LOCK_KEY}},
                ConsistentRead=True,
                ProjectionExpression="Expires",
            )
            answered_at = time.monotonic()
            said = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
            lock = parse_lock(answer["Item"]) if "Item" in answer else None
        return lock, Reading(int(said.timestamp()), asked_at, answered_at)

    def scan_page(self, table: str, start: Start | None, most: int) -> Page:
        """Measure up to so many items, from a place on."""
        more: dict[str, Any] = {"ExclusiveStartKey": start} if start else {}
        with _translated("dynamodb"):
            answer = self._dynamodb.scan(TableName=table, Limit=most, ReturnConsumedCapacity="TOTAL", **more)
            items = tuple(map(measure, answer["Items"]))
            return Page(items, answer["ConsumedCapacity"]["CapacityUnits"], answer.get("LastEvaluatedKey"))

    def throttled(self, table: str, kind: Literal["Read", "Write"], hours: int) -> int:
        """How many reads or writes of the last hours were refused for want of capacity, by CloudWatch."""
        until = datetime.now(UTC)
        with _translated("cloudwatch"):
            answer = self._client("cloudwatch").get_metric_statistics(
                Namespace="AWS/DynamoDB",
                MetricName=f"{kind}ThrottleEvents",
                Dimensions=[{"Name": "TableName", "Value": table}],
                StartTime=until - timedelta(hours=hours),
                EndTime=until,
                Period=3600,
                Statistics=["Sum"],
            )
            return int(sum(each["Sum"] for each in answer["Datapoints"]))

    def key_arn(self, key: str) -> str:
        """The ARN of a KMS key, given by its ARN, ID, or alias. An ARN is taken as it is, without a call."""
        if key.startswith("arn:") and ":key/" in key:
            return key
        with _translated("kms"):
            arn: str = self._client("kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"]
            return arn

    def _client(self, service: Literal["kms", "cloudwatch"]) -> Any:
        """One that few calls need: a service takes a twentieth of a second to be known."""
        return self._session.client(service, **self._where)


def _config(call_seconds: float) -> Config:
    return Config(
        retries={"mode": "standard", "total_max_attempts": 5},
        connect_timeout=min(_CONNECT_SECONDS, call_seconds),
        read_timeout=call_seconds,
        user_agent_extra="omamori",
    )


def _log_call(model: Any, http_response: Any, **_: Any) -> None:
    """Log a call that has had an answer, of each service that there is a client of."""
    _calls.debug("AWS: %s of %s: %s", model.name, model.service_model.service_name, http_response.status_code)


@cache
def _session(profile: str, region: str) -> boto3.Session:
    """One for all clients of a process: with each, boto3 would read the models of its services anew."""
    session = boto3.Session(profile_name=profile or None, region_name=region or None)
    session.events.register("after-call", _log_call)
    return session


@contextmanager
def _translated(service: str) -> Iterator[None]:
    try:
        yield
    except ERRORS as error:
        raise translate(error, service) from None
    except (KeyError, ValueError):  # of what is parsed of an answer
        raise no_answer_of_aws() from None
