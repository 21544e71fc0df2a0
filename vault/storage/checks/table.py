"""Check the configuration of a table: can Vault use it, lose it, or be slowed down by it? Pure.

Facts: an item that is deleted by its time to live disappears silently. Replicas in two regions each accept writes,
the last one wins, and so do two holders of Vault's lock. A login with a service token writes 15 items
(docs/measurements), and a table made by Vault itself takes 5 a second; over its capacity Vault steps down or is
sealed (hashicorp/vault#5077).
"""

from __future__ import annotations

from collections.abc import Iterator

from vault.report import Finding, Status
from vault.storage.checks.unavailable import unavailable
from vault.storage.errors import NotAvailableHere, WrongShape
from vault.storage.table.awscli import render_billing, render_encryption, render_line
from vault.storage.table.diff import check_shape
from vault.storage.table.snapshot import ACTIVE, TableSnapshot, Unavailable

LOGIN_ITEMS = 15

_USABLE = {ACTIVE, "UPDATING"}


def check_table(seen: TableSnapshot, kms_key_arn: str, *, allow_missing: bool) -> Iterator[Finding]:
    """Run all checks of the configuration. `kms_key_arn` is the key that must encrypt the table, "" for any."""
    try:
        check_shape(seen)
    except WrongShape as failure:
        yield Finding(failure.reason, Status.FAILED, failure.message, "it is not a table of Vault: is the name right?")
    if seen.status not in _USABLE:
        yield Finding("not-active", Status.FAILED, f"the table is {seen.status}", "Vault can use it when it is ACTIVE")
    yield from _recovery(seen, allow_missing=allow_missing)
    yield from _encryption(seen, kms_key_arn, allow_missing=allow_missing)
    if not seen.protected:
        what = "deletion protection is off: one call deletes all of Vault's data"
        yield Finding("no-protection", Status.WARNING, what, "turn it on:", command=_bootstrap(seen))
    yield from _time_to_live(seen, allow_missing=allow_missing)
    if seen.replicas:
        what = f"the table is a global one, with replicas in {', '.join(seen.replicas)}"
        hint = "the lock does not work across regions: run Vault in one region only, and use the others for recovery"
        yield Finding("replicas", Status.WARNING, what, hint)
    yield from _capacity(seen)


def _recovery(seen: TableSnapshot, *, allow_missing: bool) -> Iterator[Finding]:
    if isinstance(seen.recovery, Unavailable):
        yield unavailable("point-in-time recovery", seen.recovery.failure, allow_missing=allow_missing)
    elif not seen.recovery.on:
        what = "point-in-time recovery is off: what is overwritten or deleted cannot be brought back"
        yield Finding("no-recovery", Status.FAILED, what, "turn it on:", command=_bootstrap(seen))


def _encryption(seen: TableSnapshot, kms_key_arn: str, *, allow_missing: bool) -> Iterator[Finding]:
    if seen.locked_since:
        what = f"the table's key {seen.kms_key_arn} cannot be used since {seen.locked_since:%Y-%m-%d %H:%M:%S} UTC"
        hint = "enable the key, or cancel its deletion, within 7 days: AWS then archives the table"
        yield Finding("key-unusable", Status.FAILED, what, hint)
    if kms_key_arn in {"", seen.kms_key_arn}:
        return
    if seen.on_stand_in:
        failure = NotAvailableHere("", hint="this endpoint is a stand-in for AWS")
        yield unavailable("encryption", failure, allow_missing=allow_missing)
        return
    found = f"the key {seen.kms_key_arn}" if seen.kms_key_arn else "the key that AWS owns"
    what = f"the table is encrypted by {found}, not by {kms_key_arn}"
    line = render_line(seen, "update-table", "--sse-specification", render_encryption(kms_key_arn))
    yield Finding("wrong-key", Status.FAILED, what, "to use that key:", command=line)


def _time_to_live(seen: TableSnapshot, *, allow_missing: bool) -> Iterator[Finding]:
    if isinstance(seen.time_to_live, Unavailable):
        yield unavailable("time to live", seen.time_to_live.failure, allow_missing=allow_missing)
    elif seen.time_to_live.on:
        attribute = seen.time_to_live.attribute
        what = f"time to live is on, by the attribute {attribute}: DynamoDB deletes Vault's items"
        setting = f"Enabled=false,AttributeName={attribute}"
        line = render_line(seen, "update-time-to-live", "--time-to-live-specification", setting)
        yield Finding("expiry-on", Status.FAILED, what, "turn it off:", command=line)


def _bootstrap(seen: TableSnapshot) -> str:
    return f"omamori storage bootstrap --table {seen.name}"


def _capacity(seen: TableSnapshot) -> Iterator[Finding]:
    if seen.capacity and seen.capacity.write_units < LOGIN_ITEMS:
        what = f"{seen.capacity.write_units} write units a second are less than one login with a service token needs"
        line = render_line(seen, "update-table", *render_billing(None))
        hint = f"a login writes {LOGIN_ITEMS} items; on demand there is no such limit:"
        yield Finding("low-capacity", Status.WARNING, what, hint, command=line)
    if seen.limits:
        what = f"the table is limited to {' and '.join(map(str, seen.limits))} units a second"
        hint = "above it Vault slows down, and may be sealed: keep it far above the consumption that CloudWatch shows"
        yield Finding("limited", Status.NOTE, what, hint)
