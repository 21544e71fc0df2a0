"""Findings as JSON. Names of members stay as they are within a `lintVersion`."""

from __future__ import annotations

import json

from webhook.lint.report import Report

LINT_VERSION = 1


def render(report: Report) -> str:
    """Render the findings, and the files that were looked at."""
    return json.dumps(
        {
            "lintVersion": LINT_VERSION,
            "files": report.files,
            "findings": [
                {
                    "file": each.place.file,
                    "line": each.place.line,
                    "column": each.place.column,
                    "level": each.level.name.lower(),
                    "rule": each.rule,
                    "object": each.subject,
                    "message": each.message,
                }
                for each in report.findings
            ],
        },
        indent=2,
        ensure_ascii=False,
    )
