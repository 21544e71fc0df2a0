"""What a check says is a `Finding`: of what, how it is, in words, and what to do where it is not well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from webhook.doctor.snapshot import Look


class Status(StrEnum):
    """FAILED: Pods are refused, or start without secrets; WARNING: on the way there; UNKNOWN: not to be seen."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `subject` is a Vault, a ServiceAccount or a path, "" where a check is made once.

    `fix` is what to do, "" with OK alone.
    """

    check: str
    status: Status
    message: str
    fix: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """The name of a check, and so the maker of its findings."""

    name: str
    subject: str = ""

    def ok(self, message: str) -> Finding:
        """Say that all is well."""
        return Finding(self.name, Status.OK, message, subject=self.subject)

    def warning(self, message: str, fix: str) -> Finding:
        """Say what may become a fault."""
        return Finding(self.name, Status.WARNING, message, fix, self.subject)

    def failed(self, message: str, fix: str) -> Finding:
        """Say what is wrong."""
        return Finding(self.name, Status.FAILED, message, fix, self.subject)

    def unknown(self, message: str, fix: str) -> Finding:
        """Say what could not be looked at."""
        return Finding(self.name, Status.UNKNOWN, message, fix, self.subject)

    def of(self, look: Look, absent: str, judge: Callable[[Any], Finding]) -> Finding:
        """Judge what was seen. What may not be seen is unknown; what is not there has failed, and `absent` fixes it."""
        if look.refusal:
            return self.unknown(
                f"{look.what}: {look.refusal}", "where a right is missing: deploy/examples/doctor-rights.yaml"
            )
        if look.found is None:
            return self.failed(f"there is no {look.what}", absent)
        return judge(look.found)

    def behind(self, look: Look, other: str, judge: Callable[[Any], Finding]) -> Finding:
        """Judge what another check looks at first: where that is not to be had, this one is unknown."""
        if look.found is None:
            return self.unknown(f"it needs the {look.what}", f"see the finding of {other}")
        return judge(look.found)
