"""All that `omamori lint` has found, as its formats take it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webhook.lint.finding import Finding, Level
from webhook.workloads.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Report:
    """Findings in the order of their places. `texts` are the files that were read, in their order, by name.

    `objects` has the object that a finding is in; none for a file that cannot be read. A finding at least as bad as
    `stops` stops what is to be deployed.
    """

    findings: Sequence[Finding]
    texts: Mapping[str, str]
    objects: Mapping[Finding, Manifest]
    stops: Level = Level.ERROR

    @property
    def files(self) -> list[str]:
        """The files that were read, and those that could not be."""
        return list(dict.fromkeys([*self.texts, *(each.place.file for each in self.findings)]))

    @property
    def is_stopped(self) -> bool:
        """Whether a finding stops it."""
        return any(each.level <= self.stops for each in self.findings)
