"""All that `omamori lint` has found, as its formats take it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webhook.lint.finding import Finding, Level
from webhook.workloads.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Report:
    """Findings in the order of their places. `texts` are the files that were read, in their order, by name.

    `objects` has the object that a finding is in; none for a file that cannot be read.
    """

    findings: Sequence[Finding]
    texts: Mapping[str, str]
    objects: Mapping[Finding, Manifest]

    @property
    def files(self) -> list[str]:
        """The files that were read, and those that could not be."""
        return list(dict.fromkeys([*self.texts, *(each.place.file for each in self.findings)]))

    def has(self, level: Level) -> bool:
        """Whether a finding is at least as bad as a level."""
        return any(each.level <= level for each in self.findings)
