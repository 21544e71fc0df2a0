"""What a check finds is a `Finding`: how bad, a short word, what it is, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from vault.storage.errors import StorageFailure


class Severity(Enum):
    """ERROR: secrets can be lost, or Vault can stop; WARNING: on the way there; NOTE: said, and not counted."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is found. `reason` has few values, for those who count.

    `hint` is what to do, and `command` a line that does it, "" where there is none.
    """

    severity: Severity
    reason: str
    what: str
    hint: str
    command: str = ""


def unseen(part: str, failure: StorageFailure, *, allow_missing: bool) -> Finding:
    """What is said of a part that could not be looked at: it may be wrong, so it counts, unless that is allowed."""
    if failure.reason != "not-available":
        return Finding(Severity.WARNING, "not-looked-at", f"{part}: not looked at: {failure.message}", failure.hint)
    severity = Severity.NOTE if allow_missing else Severity.WARNING
    return Finding(
        severity,
        failure.reason,
        f"{part}: not looked at, not available here",
        f"{failure.hint}: --allow-missing takes it so",
    )


def by_severity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The worst first, else in the order in which they were found."""
    return tuple(sorted(findings, key=lambda each: list(Severity).index(each.severity)))
