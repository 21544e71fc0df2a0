"""AWS client: boto3, imported only here, with its errors translated.

Values of items are only measured; no method returns them.

Fact: botocore does not read AWS_REGION, unlike aws and Vault, so the creator of a `Place` must.
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

# errors of botocore and boto3 have no common base class
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
    """The AWS region, profile and endpoint; "" uses AWS's own configuration. The endpoint is used for all services.

    Each attempt of a call times out after `call_seconds`.
    """

    region: str = ""
    profile: str = ""
    endpoint_url: str = ""
    call_seconds: float = CALL_SECONDS


Start: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Some items of a scan, the cost, and where to continue; None: the scan is complete."""

    items: tuple[StoredItem, ...]
    units: float
    next_start: Start | None


class StorageClient:
    """The AWS calls for the table. Raises only StorageFailure."""

    def __init__(self, place: Place) -> None:
        """Set up the client without connecting. Raises SetupInvalid."""
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
        """Return the result of DescribeTable. None: there is no such table."""
        try:
            with _translated("dynamodb"):
                return self._dynamodb.describe_table(TableName=table)["Table"]
        except TableMissing:
            return None

    def create_table(self, wanted: Wanted) -> None:
        """Start creating a table. Recovery can only be set on an existing table, so it is not included."""
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
        """Return the settings of point-in-time recovery."""
        with _translated("dynamodb"):
            return self._dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]

    def keep_backups(self, table: str, days: int | None) -> None:
        """Turn on point-in-time recovery. None: AWS's default number of days."""
        setting: Any = {"PointInTimeRecoveryEnabled": True, **({"RecoveryPeriodInDays": days} if days else {})}
        with _translated("dynamodb"):
            self._dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=setting)

    def tags(self, arn: str) -> dict[str, str]:
        """Return all tags of a table."""
        with _translated("dynamodb"):
            pages = self._dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
            return {tag["Key"]: tag["Value"] for page in pages for tag in page.get("Tags", ())}

    def add_tags(self, arn: str, tags: Mapping[str, str]) -> None:
        """Set tags; other tags stay."""
        with _translated("dynamodb"):
            self._dynamodb.tag_resource(
                ResourceArn=arn, Tags=[{"Key": name, "Value": value} for name, value in tags.items()]
            )

    def describe_time_to_live(self, table: str) -> TimeToLiveDescriptionTypeDef:
        """Return the settings of time to live."""
        with _translated("dynamodb"):
            return self._dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]

    def lock(self, table: str) -> tuple[Lock | None, Reading]:
        """Return the row of Vault's lock, None if there is none, and DynamoDB's time of the answer."""
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
        """Scan and measure up to `most` items, from a start key."""
        more: dict[str, Any] = {"ExclusiveStartKey": start} if start else {}
        with _translated("dynamodb"):
            answer = self._dynamodb.scan(TableName=table, Limit=most, ReturnConsumedCapacity="TOTAL", **more)
            items = tuple(map(measure, answer["Items"]))
            return Page(items, answer["ConsumedCapacity"]["CapacityUnits"], answer.get("LastEvaluatedKey"))

    def throttled(self, table: str, kind: Literal["Read", "Write"], hours: int) -> int:
        """Return from CloudWatch how many reads or writes of the last hours were throttled."""
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
        """Return the ARN of a KMS key from its ARN, ID or alias. An ARN is returned without a call."""
        if key.startswith("arn:") and ":key/" in key:
            return key
        with _translated("kms"):
            arn: str = self._client("kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"]
            return arn

    def _client(self, service: Literal["kms", "cloudwatch"]) -> Any:
        """Return a client, created on first use: loading a service takes a twentieth of a second."""
        return self._session.client(service, **self._where)


def _config(call_seconds: float) -> Config:
    return Config(
        retries={"mode": "standard", "total_max_attempts": 5},
        connect_timeout=min(_CONNECT_SECONDS, call_seconds),
        read_timeout=call_seconds,
        user_agent_extra="omamori",
    )


def _log_call(model: Any, http_response: Any, **_: Any) -> None:
    """Log each answered call of all created clients."""
    _calls.debug("AWS: %s of %s: %s", model.name, model.service_model.service_name, http_response.status_code)


@cache
def _session(profile: str, region: str) -> boto3.Session:
    """Return the shared session of the process: each new session would load the service models again."""
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
