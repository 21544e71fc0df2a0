"""What we do not do ourselves is told as a line for the aws command, ready to be run: quoted, with its region."""

from __future__ import annotations

import shlex

from vault.storage.model import Capacity
from vault.storage.table.snapshot import TableSnapshot


def render_call(seen: TableSnapshot, operation: str, *words: str) -> str:
    """A line in the region of the table that was seen; an operation may have two words (`wait table-exists`)."""
    return shlex.join(["aws", "dynamodb", *operation.split(), "--region", seen.region, *words])


def render_line(seen: TableSnapshot, operation: str, *words: str) -> str:
    """A line on the table that was seen."""
    return render_call(seen, operation, "--table-name", seen.name, *words)


def render_billing(capacity: Capacity | None) -> tuple[str, ...]:
    """The words by which `update-table` changes how a table is paid."""
    if capacity is None:
        return ("--billing-mode", "PAY_PER_REQUEST")
    units = f"ReadCapacityUnits={capacity.read_units},WriteCapacityUnits={capacity.write_units}"
    return ("--billing-mode", "PROVISIONED", "--provisioned-throughput", units)


def render_recovery(days: int | None) -> tuple[str, ...]:
    """The words by which `update-continuous-backups` turns point-in-time recovery on."""
    period = f",RecoveryPeriodInDays={days}" if days else ""
    return ("--point-in-time-recovery-specification", f"PointInTimeRecoveryEnabled=true{period}")


def render_encryption(kms_key_arn: str) -> str:
    """The value by which a table is encrypted with a key of KMS."""
    return f"Enabled=true,SSEType=KMS,KMSMasterKeyId={kms_key_arn}"
