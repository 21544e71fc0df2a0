"""Compare a table with the requested one, and decide whether bootstrap may fix a difference. Pure.

Bootstrap fixes what adds safety without side effects: it turns on recovery or extends it, turns on deletion
protection, sets tags. What costs or loses something is only reported, with the command that does it: billing, another
KMS key, fewer days of recovery. A table with another key schema belongs to somebody else and is not changed at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from vault.storage.errors import WrongShape
from vault.storage.model import SHAPE, Wanted
from vault.storage.table.awscli import render_billing, render_encryption, render_line, render_recovery
from vault.storage.table.snapshot import Recovery, TableSnapshot, Unavailable


class Part(Enum):
    """A part that can differ; the value is its name in messages."""

    RECOVERY = "point-in-time recovery"
    PROTECTION = "deletion protection"
    TAGS = "tags"
    ENCRYPTION = "encryption"
    CAPACITY = "capacity"


class Remedy(Enum):
    """Who fixes a difference: bootstrap, a person with the command, or nobody if the endpoint lacks support."""

    OURS = "ours"
    COMMAND = "command"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Difference:
    """One part, as found and as requested. `command` is the aws command that a person has to run, if any."""

    part: Part
    found: str
    wanted: str
    remedy: Remedy
    command: str = ""

    def __str__(self) -> str:
        return f"{self.part.value}: {self.found}; requested: {self.wanted}"


def check_shape(seen: TableSnapshot) -> None:
    """Raise WrongShape if Vault cannot use a table with this key."""
    if seen.shape != SHAPE:
        found, needed = (", ".join(map(str, shape)) for shape in (seen.shape, SHAPE))
        raise WrongShape(
            f"the table {seen.name} has the key {found}; Vault's has {needed}",
            hint="it is not a table of Vault, and was not changed: choose another name",
        )


def differences(wanted: Wanted, seen: TableSnapshot) -> tuple[Difference, ...]:
    """Return all differences, in the order in which they are fixed."""
    return (
        *_recovery(wanted, seen),
        *_protection(seen),
        *_tags(wanted, seen),
        *_encryption(wanted, seen),
        *_capacity(wanted, seen),
    )


def _recovery(wanted: Wanted, seen: TableSnapshot) -> Iterator[Difference]:
    if isinstance(seen.recovery, Unavailable):
        yield Difference(Part.RECOVERY, "not available here", "on", Remedy.NONE)
        return
    found = _days(seen.recovery)
    if not seen.recovery.on:
        asked = f"on, {wanted.recovery_days} days" if wanted.recovery_days else "on"
        yield Difference(Part.RECOVERY, found, asked, Remedy.OURS)
    elif wanted.recovery_days and wanted.recovery_days > seen.recovery.days:
        yield Difference(Part.RECOVERY, found, f"on, {wanted.recovery_days} days", Remedy.OURS)
    elif wanted.recovery_days and wanted.recovery_days < seen.recovery.days:
        # older backups would be lost
        line = render_line(seen, "update-continuous-backups", *render_recovery(wanted.recovery_days))
        yield Difference(Part.RECOVERY, found, f"on, {wanted.recovery_days} days", Remedy.COMMAND, line)


def _days(recovery: Recovery) -> str:
    return f"on, {recovery.days} days" if recovery.on else "off"


def _protection(seen: TableSnapshot) -> Iterator[Difference]:
    if not seen.protected:
        yield Difference(Part.PROTECTION, "off", "on", Remedy.OURS)


def _tags(wanted: Wanted, seen: TableSnapshot) -> Iterator[Difference]:
    if isinstance(seen.tags, Unavailable):
        if wanted.tags:
            yield Difference(Part.TAGS, "not available here", _list(dict(wanted.tags)), Remedy.NONE)
        return
    missing = {name: value for name, value in wanted.tags if seen.tags.get(name) != value}
    if missing:
        found = {name: seen.tags[name] for name in missing if name in seen.tags}
        yield Difference(Part.TAGS, _list(found), _list(missing), Remedy.OURS)


def _list(tags: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in tags.items()) or "none"


def _encryption(wanted: Wanted, seen: TableSnapshot) -> Iterator[Difference]:
    if wanted.kms_key_arn in {"", seen.kms_key_arn}:
        return
    found = f"by the key {seen.kms_key_arn}" if seen.kms_key_arn else "by the key that AWS owns"
    asked = f"by the key {wanted.kms_key_arn}"
    if seen.on_stand_in:
        yield Difference(Part.ENCRYPTION, "not available here", asked, Remedy.NONE)
    else:
        line = render_line(seen, "update-table", "--sse-specification", render_encryption(wanted.kms_key_arn))
        yield Difference(Part.ENCRYPTION, found, asked, Remedy.COMMAND, line)


def _capacity(wanted: Wanted, seen: TableSnapshot) -> Iterator[Difference]:
    if wanted.capacity != seen.capacity:
        line = render_line(seen, "update-table", *render_billing(wanted.capacity))
        found, asked = (str(each) if each else "on demand" for each in (seen.capacity, wanted.capacity))
        yield Difference(Part.CAPACITY, found, asked, Remedy.COMMAND, line)
