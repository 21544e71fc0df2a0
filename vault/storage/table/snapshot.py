"""What a table is like, read once, as an immutable value. Parts that cannot be looked at say why.

A stand-in (DynamoDB Local) lacks operations, and whoever calls may lack rights: both are `Unavailable`, never a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from vault.storage.aws_errors import no_answer_of_aws
from vault.storage.client import StorageClient
from vault.storage.errors import AwsRefused, NotAvailableHere
from vault.storage.model import Capacity, KeyPart

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TableDescriptionTypeDef

ACTIVE = "ACTIVE"

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why a part of a table could not be looked at."""

    failure: AwsRefused | NotAvailableHere


@dataclass(frozen=True, slots=True)
class Recovery:
    """Point-in-time recovery. Days are 0 and times None where it is off."""

    on: bool
    days: int = 0
    earliest: datetime | None = None
    latest: datetime | None = None


@dataclass(frozen=True, slots=True)
class TimeToLive:
    """The expiry of items, and the attribute that it goes by."""

    on: bool
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class TableSnapshot:
    """A table as it is. `status` is AWS's word.

    `capacity` None: on demand. `limits` are what a table on demand may use at most, if it is limited.
    `kms_key_arn` "": the key that AWS owns. `locked_since`: when that key could no longer be used.
    `size_bytes` and `items` are as AWS last counted, some hours ago.
    """

    name: str
    arn: str
    status: str
    shape: tuple[KeyPart, ...]
    capacity: Capacity | None
    limits: tuple[int, ...]
    kms_key_arn: str
    locked_since: datetime | None
    protected: bool
    replicas: tuple[str, ...]
    size_bytes: int
    items: int
    recovery: Recovery | Unavailable
    tags: Mapping[str, str] | Unavailable
    time_to_live: TimeToLive | Unavailable

    @property
    def region(self) -> str:
        """From the ARN; a stand-in has one of its own."""
        return self.arn.split(":")[3]

    @property
    def on_stand_in(self) -> bool:
        """Whether the endpoint lacks what all of AWS's have: it may then also drop silently what it was asked for."""
        return isinstance(self.recovery, Unavailable) and isinstance(self.recovery.failure, NotAvailableHere)


def read_snapshot(client: StorageClient, table: str) -> TableSnapshot | None:
    """Read all of it; None: there is no such table. Raises StorageFailure."""
    described = client.describe_table(table)
    if described is None:
        return None
    try:
        return parse_seen(
            described,
            recovery=try_read(lambda: _recovery(client, table)),
            tags=try_read(lambda: client.tags(described["TableArn"])),
            time_to_live=try_read(lambda: _time_to_live(client, table)),
        )
    except KeyError:
        raise no_answer_of_aws() from None


def try_read(read: Callable[[], Part]) -> Part | Unavailable:
    """Read a part, or say why it could not be. Raises the StorageFailures that are about more than the part."""
    try:
        return read()
    except (AwsRefused, NotAvailableHere) as failure:
        return Unavailable(failure)


def parse_seen(
    described: TableDescriptionTypeDef,
    *,
    recovery: Recovery | Unavailable,
    tags: Mapping[str, str] | Unavailable,
    time_to_live: TimeToLive | Unavailable,
) -> TableSnapshot:
    """Return the value of what DescribeTable gave, with the parts that have calls of their own. Raises KeyError."""
    kinds = {each["AttributeName"]: each["AttributeType"] for each in described.get("AttributeDefinitions", ())}
    encryption: Mapping[str, Any] = described.get("SSEDescription", {})
    limits: Mapping[str, Any] = described.get("OnDemandThroughput", {})
    return TableSnapshot(
        name=described["TableName"],
        arn=described["TableArn"],
        status=described["TableStatus"],
        shape=tuple(
            KeyPart(each["AttributeName"], each["KeyType"], kinds[each["AttributeName"]])
            for each in described["KeySchema"]
        ),
        capacity=_capacity(described),
        limits=tuple(units for units in limits.values() if units > 0),  # -1: not limited
        kms_key_arn=encryption.get("KMSMasterKeyArn", ""),
        locked_since=encryption.get("InaccessibleEncryptionDateTime"),
        protected=described.get("DeletionProtectionEnabled", False),
        replicas=tuple(each.get("RegionName", "?") for each in described.get("Replicas", ())),
        size_bytes=described.get("TableSizeBytes", 0),
        items=described.get("ItemCount", 0),
        recovery=recovery,
        tags=tags,
        time_to_live=time_to_live,
    )


def _capacity(described: TableDescriptionTypeDef) -> Capacity | None:
    # a table that was never anything but provisioned has no summary of its billing
    if described.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST":
        return None
    units = described.get("ProvisionedThroughput", {})
    return Capacity(units.get("ReadCapacityUnits", 0), units.get("WriteCapacityUnits", 0))


def _recovery(client: StorageClient, table: str) -> Recovery:
    setting = client.describe_backups(table).get("PointInTimeRecoveryDescription", {})
    if setting.get("PointInTimeRecoveryStatus") != "ENABLED":
        return Recovery(on=False)
    return Recovery(
        on=True,
        days=setting.get("RecoveryPeriodInDays", 0),
        earliest=setting.get("EarliestRestorableDateTime"),
        latest=setting.get("LatestRestorableDateTime"),
    )


def _time_to_live(client: StorageClient, table: str) -> TimeToLive:
    setting = client.describe_time_to_live(table)
    on = setting.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}
    return TimeToLive(on=on, attribute=setting.get("AttributeName", ""))
