"""A named check, which makes findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vault.report import Finding, Status
from webhook.doctor.snapshot import Lookup


@dataclass(frozen=True, slots=True)
class Check:
    """Makes the findings of one check."""

    name: str
    subject: str = ""

    def ok(self, message: str) -> Finding:
        """Make a finding without a problem."""
        return Finding(self.name, Status.OK, message, subject=self.subject)

    def note(self, message: str, fix: str) -> Finding:
        """Make a finding that is worth knowing, and no problem."""
        return Finding(self.name, Status.NOTE, message, fix, self.subject)

    def warning(self, message: str, fix: str) -> Finding:
        """Make a finding of a possible future fault."""
        return Finding(self.name, Status.WARNING, message, fix, self.subject)

    def failed(self, message: str, fix: str) -> Finding:
        """Make a finding of a fault."""
        return Finding(self.name, Status.FAILED, message, fix, self.subject)

    def unknown(self, message: str, fix: str) -> Finding:
        """Make a finding of something that could not be checked."""
        return Finding(self.name, Status.UNKNOWN, message, fix, self.subject)

    def of(self, lookup: Lookup, absent: str, judge: Callable[[Any], Finding]) -> Finding:
        """Judge a lookup. A refused lookup is unknown; a missing object has failed, and `absent` is the fix."""
        if lookup.refusal:
            return self.unknown(
                f"{lookup.what}: {lookup.refusal}", "if a right is missing, see deploy/examples/doctor-rights.yaml"
            )
        if lookup.found is None:
            return self.failed(f"there is no {lookup.what}", absent)
        return judge(lookup.found)

    def behind(self, lookup: Lookup, other: str, judge: Callable[[Any], Finding]) -> Finding:
        """Return an unknown finding if a lookup that another check reports has failed."""
        if lookup.found is None:
            return self.unknown(f"it needs the {lookup.what}", f"see the finding of {other}")
        return judge(lookup.found)
