"""Read the state of a table as an immutable value. A part that cannot be read has the reason instead.

An emulator (DynamoDB Local) lacks operations, and the caller may lack rights: both are `Unavailable`, never a guess.
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
    """Why a part of a table could not be read."""

    failure: AwsRefused | NotAvailableHere


@dataclass(frozen=True, slots=True)
class Recovery:
    """Point-in-time recovery. If it is off, days are 0 and times None."""

    on: bool
    days: int = 0
    earliest: datetime | None = None
    latest: datetime | None = None


@dataclass(frozen=True, slots=True)
class TimeToLive:
    """Time to live of items, and its attribute."""

    on: bool
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class TableSnapshot:
    """The state of a table. `status` is AWS's term.

    `capacity` None: on demand. `limits` are the maximum units of an on-demand table, if it is limited.
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
        """The region from the ARN; an emulator uses its own."""
        return self.arn.split(":")[3]

    @property
    def on_stand_in(self) -> bool:
        """Whether the endpoint is an emulator, which lacks operations of AWS and may ignore settings silently."""
        return isinstance(self.recovery, Unavailable) and isinstance(self.recovery.failure, NotAvailableHere)


def read_snapshot(client: StorageClient, table: str) -> TableSnapshot | None:
    """Read the whole state. None: there is no such table. Raises StorageFailure."""
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
    """Read a part, or return why it is unavailable. Raises StorageFailures that concern more than the part."""
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
    """Parse the result of DescribeTable, and add the parts that need other calls. Raises KeyError."""
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
    # a table that was always provisioned has no BillingModeSummary
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
