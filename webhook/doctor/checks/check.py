"""A check by its name makes findings: that all is well, or what is wrong and what fixes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vault.report import Finding, Status
from webhook.doctor.snapshot import Lookup


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

    def of(self, lookup: Lookup, absent: str, judge: Callable[[Any], Finding]) -> Finding:
        """Judge what was seen. What may not be seen is unknown; what is not there has failed, and `absent` fixes it."""
        if lookup.refusal:
            return self.unknown(
                f"{lookup.what}: {lookup.refusal}", "if a right is missing, see deploy/examples/doctor-rights.yaml"
            )
        if lookup.found is None:
            return self.failed(f"there is no {lookup.what}", absent)
        return judge(lookup.found)

    def behind(self, lookup: Lookup, other: str, judge: Callable[[Any], Finding]) -> Finding:
        """Judge what another check looks at first: where that is not to be had, this one is unknown."""
        if lookup.found is None:
            return self.unknown(f"it needs the {lookup.what}", f"see the finding of {other}")
        return judge(lookup.found)
