"""What checks find, and how it is reported: to people a line each, the fix below it; to programs as JSON."""

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

    FAILED: something does not work, or secrets can be lost; WARNING: it soon may be so; UNKNOWN: it could not be looked
    at; NOTE: worth knowing, nothing to do.
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
    """What a check found. `check` is one of few short names, for programs that count.

    `subject` is a Vault, a ServiceAccount or a path, "" where a check is made once. `fix` is what to do, "" with OK
    alone; `command` is a line that does it, "" where there is none.
    """

    check: str
    status: Status
    message: str
    fix: str = ""
    subject: str = ""
    command: str = ""


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether there is nothing to do."""
    return all(each.status in _NOTHING_TO_DO for each in findings)


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The worst first, else in the order in which they were found."""
    return tuple(sorted(findings, key=lambda each: list(Status).index(each.status)))


def render_text(subject: str, findings: Sequence[Finding], not_asked_for: Sequence[str]) -> str:
    """Return the report for people. `subject` is what was checked; `not_asked_for` are options that would add checks."""
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
    """Return the report for programs. `about` says what was checked.

    Fields may be added; none is taken away without another `reportVersion`.
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
