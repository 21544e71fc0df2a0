"""How findings are told: to people a line each, the fix below it; to programs as JSON that stays as it is."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Sequence

from webhook.doctor.checks.check import Finding, Status
from webhook.doctor.snapshot import Place

REPORT_VERSION = 1
_WIDTH = 110
_MARKS = {Status.OK: "ok", Status.WARNING: "!", Status.FAILED: "!!", Status.UNKNOWN: "?"}
_COLUMN = 26
_INDENT = " " * _COLUMN


def render_text(place: Place, findings: Sequence[Finding], not_asked_for: Sequence[str]) -> str:
    """Give the report for people."""
    lines: list[str] = []
    for each in findings:
        subject = f"{each.subject}: " if each.subject else ""
        lines.append(_filled(f"{subject}{each.message}", f"{_MARKS[each.status]:<3}{each.check:<22} "))
        if each.fix:
            lines.append(_filled(f"fix: {each.fix}", _INDENT))
    counts = Counter(each.status for each in findings)
    lines.append(f"{place}: " + ", ".join(f"{counts[status]} {status}" for status in Status if counts[status]))
    if not_asked_for:
        lines.append(f"not asked for: {', '.join(not_asked_for)}")
    return "\n".join(lines)


def render_json(place: Place, findings: Sequence[Finding], not_asked_for: Sequence[str]) -> str:
    """Give the report for programs: fields may be added, and none is taken away without another `doctorVersion`."""
    checks = [
        {"id": each.check, "subject": each.subject, "status": each.status, "message": each.message, "fix": each.fix}
        for each in findings
    ]
    document = {
        "doctorVersion": REPORT_VERSION,
        "namespace": place.namespace,
        "name": place.name,
        "checks": checks,
        "notAskedFor": list(not_asked_for),
    }
    return json.dumps(document, indent=2)


def _filled(text: str, head: str) -> str:
    return textwrap.fill(
        " ".join(text.split()),
        _WIDTH,
        initial_indent=head,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
