"""Render commands of the aws CLI for changes that omamori does not make itself: quoted, with the region."""

from __future__ import annotations

import shlex

from vault.storage.model import Capacity
from vault.storage.table.snapshot import TableSnapshot


def render_call(seen: TableSnapshot, operation: str, *words: str) -> str:
    """Render a command in the region of the table; an operation may have two words (`wait table-exists`)."""
    return shlex.join(["aws", "dynamodb", *operation.split(), "--region", seen.region, *words])


def render_line(seen: TableSnapshot, operation: str, *words: str) -> str:
    """Render a command on the table."""
    return render_call(seen, operation, "--table-name", seen.name, *words)


def render_billing(capacity: Capacity | None) -> tuple[str, ...]:
    """Return the arguments by which `update-table` changes the billing of a table."""
    if capacity is None:
        return ("--billing-mode", "PAY_PER_REQUEST")
    units = f"ReadCapacityUnits={capacity.read_units},WriteCapacityUnits={capacity.write_units}"
    return ("--billing-mode", "PROVISIONED", "--provisioned-throughput", units)


def render_recovery(days: int | None) -> tuple[str, ...]:
    """Return the arguments by which `update-continuous-backups` turns on point-in-time recovery."""
    period = f",RecoveryPeriodInDays={days}" if days else ""
    return ("--point-in-time-recovery-specification", f"PointInTimeRecoveryEnabled=true{period}")


def render_encryption(kms_key_arn: str) -> str:
    """Return the value that encrypts a table with a KMS key."""
    return f"Enabled=true,SSEType=KMS,KMSMasterKeyId={kms_key_arn}"
