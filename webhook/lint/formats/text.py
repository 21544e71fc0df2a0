"""Findings as lines for people: FILE:LINE:COLUMN: level: object: message (rule)."""

from __future__ import annotations

from vault.contract.shown import shown
from webhook.lint.finding import Finding
from webhook.lint.report import Report

_MAX_CHARACTERS = 4000


def render(report: Report) -> str:
    """Render a line each."""
    return "\n".join(map(line_of, report.findings))


def line_of(finding: Finding) -> str:
    """Render a finding in one line."""
    subject = f"{finding.subject}: " if finding.subject else ""
    line = f"{finding.place}: {finding.level.name.lower()}: {subject}{finding.message} ({finding.rule})"
    return shown(line, _MAX_CHARACTERS)
