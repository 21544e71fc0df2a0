"""Findings of checks and their report: as text, one line each with the fix below it, or as JSON."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

REPORT_VERSION = 1
_WIDTH = 110
_COLUMN = 26
_INDENT = " " * _COLUMN


class Status(StrEnum):
    """How bad a finding is, the worst first.

    FAILED: something does not work, or secrets can be lost; WARNING: this may happen soon; UNKNOWN: it could not be
    checked; NOTE: worth knowing, nothing to do.
    """

    FAILED = "failed"
    WARNING = "warning"
    UNKNOWN = "unknown"
    NOTE = "note"
    OK = "ok"


_MARKS = {Status.OK: "ok", Status.NOTE: "i", Status.WARNING: "!", Status.FAILED: "!!", Status.UNKNOWN: "?"}
_NOTHING_TO_DO = {Status.OK, Status.NOTE}


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check. `check` is one of a few short names, so that programs can count by it.

    `subject` is a Vault, a ServiceAccount or a path, "" if the check runs only once. `fix` is what to do, "" only with
    OK; `command` is a shell line that does it, "" if there is none.
    """

    check: str
    status: Status
    message: str
    fix: str = ""
    subject: str = ""
    command: str = ""


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether no action is needed."""
    return all(each.status in _NOTHING_TO_DO for each in findings)


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings by severity, worst first; findings of equal severity keep their order."""
    return tuple(sorted(findings, key=lambda each: list(Status).index(each.status)))


def render_text(subject: str, findings: Sequence[Finding], not_asked_for: Sequence[str]) -> str:
    """Render the report as text. `subject` is what was checked; `not_asked_for` are options that would add checks."""
    lines: list[str] = []
    for each in findings:
        about = f"{each.subject}: " if each.subject else ""
        lines += _filled(f"{about}{each.message}", f"{_MARKS[each.status]:<3}{each.check:<22} ")
        if each.fix:
            lines += _filled(f"fix: {each.fix}", _INDENT)
        if each.command:
            lines += [f"{_INDENT}{line}" for line in each.command.split("\n")]  # whole, to be copied
    counts = Counter(each.status for each in findings)
    told = ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])
    lines.append(f"{subject}: {told or 'nothing found'}")
    if not_asked_for:
        lines.append(f"not checked: {', '.join(not_asked_for)}")
    return "\n".join(lines)


def render_json(about: Mapping[str, str], findings: Sequence[Finding], not_asked_for: Sequence[str]) -> str:
    """Render the report as JSON. `about` says what was checked.

    Fields may be added; none is removed without a new `reportVersion`.
    """
    document = {
        "reportVersion": REPORT_VERSION,
        **about,
        "findings": [asdict(each) for each in findings],
        "notAskedFor": list(not_asked_for),
    }
    return json.dumps(document, indent=2)


def _filled(text: str, head: str) -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()),
        _WIDTH,
        initial_indent=head,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
