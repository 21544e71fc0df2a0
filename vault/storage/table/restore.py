"""Plan a restore to an earlier time: steps with this table's names, for a person to run. Pure.

Facts (AWS, RestoreTableToPointInTime): a restore creates a new table with the data of that time and with the current
billing and encryption of the old one; alarms, scaling, IAM policies, tags, time to live, point-in-time recovery and
deletion protection must be set again. Facts (Vault): at start Vault revokes leases that have expired meanwhile, also
in the target system (hashicorp/vault#22275); it does not know what was issued after that time.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from vault.storage.errors import CannotRestore
from vault.storage.moments import render_moment
from vault.storage.table.awscli import render_billing, render_call, render_encryption
from vault.storage.table.snapshot import Recovery, TableSnapshot, Unavailable


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what to do and why, and the commands in order."""

    what: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """The steps in order, and the range of times that can be restored."""

    earliest: datetime
    latest: datetime
    steps: tuple[Step, ...]


def plan_restore(seen: TableSnapshot, target: str, moment: datetime | None) -> RestorePlan:
    """Plan a restore. `moment` None is the latest possible time. Raises CannotRestore, and NotAvailableHere."""
    recovery = seen.recovery
    if isinstance(recovery, Unavailable):
        raise recovery.failure
    if not (recovery.on and recovery.earliest and recovery.latest):
        hint = "only an AWS Backup, or a backup on demand, can help: aws dynamodb list-backups"
        raise CannotRestore(f"point-in-time recovery of {seen.name} is off", hint=hint)
    if isinstance(seen.tags, Unavailable):
        raise seen.tags.failure  # a table without its tags may be one that nobody may use, or that nobody pays for
    if moment and not recovery.earliest <= moment <= recovery.latest:
        span = f"{render_moment(recovery.earliest)} to {render_moment(recovery.latest)}"
        raise CannotRestore(
            f"{render_moment(moment)} is outside the time that can be restored", hint=f"choose one of {span}"
        )
    settings = _bootstrap_words(seen, recovery, seen.tags)
    return RestorePlan(recovery.earliest, recovery.latest, tuple(_steps(seen, target, moment, settings)))


def _steps(seen: TableSnapshot, target: str, moment: datetime | None, settings: list[str]) -> Iterator[Step]:
    yield Step(
        "Stop all of Vault, so that nothing is written any more. No operator and no GitOps tool may start it again.",
        ("kubectl --namespace vault scale statefulset vault --replicas 0",),
    )
    yield Step(
        f"Restore into the new table {target}; {seen.name} stays as it is. It takes minutes to hours: repeat the "
        "second line until it succeeds.",
        (
            render_call(seen, "restore-table-to-point-in-time", *_restore_words(seen, target, moment)),
            render_call(seen, "wait table-exists", "--table-name", target),
        ),
    )
    yield Step(
        "Set what a restore does not copy: point-in-time recovery, deletion protection, tags. Alarms and scaling, "
        "too, where the old table has them; time to live stays off.",
        (shlex.join(["omamori", "storage", "bootstrap", "--table", target, *settings]),),
    )
    yield Step(
        "Let Vault use it: its IAM role names the old table's ARN, and so may alarms and dashboards. With Terraform, "
        "import the new table in the place of the old one. The new ARN:",
        (f"{seen.arn.rpartition('/')[0]}/{target}",),
    )
    yield Step(
        "Point Vault to it, in the server's configuration (or by AWS_DYNAMODB_TABLE).",
        (f'storage "dynamodb" {{ table = "{target}" }}',),
    )
    yield Step(
        "Start one node, and unseal it with the keys of that moment. The restored row of the lock has expired: the "
        "node takes it by itself, so do not delete anything. Leases that have ended since are revoked now, in the "
        "systems that they open, too (hashicorp/vault#22275): an application that still uses one loses it.",
        ("kubectl --namespace vault scale statefulset vault --replicas 1",),
    )
    yield Step(
        "Undo what Vault no longer knows. What it gave out after that moment (database users, cloud keys, "
        "certificates) has no lease: revoke it where it was made. What was taken back after it is valid again: "
        "tokens, policies, roles, secrets that were replaced. Take them back again; let applications log in anew.",
    )
    yield Step(
        "Look at it, then start the other nodes. Delete the old table when nobody needs it any more.",
        (
            shlex.join(["omamori", "storage", "check", "--table", target, "--scan"]),
            "kubectl --namespace vault scale statefulset vault --replicas 3",
        ),
    )


def _restore_words(seen: TableSnapshot, target: str, moment: datetime | None) -> list[str]:
    words = ["--source-table-name", seen.name, "--target-table-name", target]
    words += ["--restore-date-time", render_moment(moment)] if moment else ["--use-latest-restorable-time"]
    if seen.kms_key_arn:
        words += ["--sse-specification-override", render_encryption(seen.kms_key_arn)]
    # `update-table` has the same words without this end
    return words + [f"{word}-override" if word.startswith("--") else word for word in render_billing(seen.capacity)]


def _bootstrap_words(seen: TableSnapshot, recovery: Recovery, tags: Mapping[str, str]) -> list[str]:
    words = ["--kms-key", seen.kms_key_arn] if seen.kms_key_arn else []
    if seen.capacity:
        words += ["--read-capacity", str(seen.capacity.read_units), "--write-capacity", str(seen.capacity.write_units)]
    if recovery.days:
        words += ["--recovery-days", str(recovery.days)]
    return words + [word for name, value in tags.items() for word in ("--tag", f"{name}={value}")]
