"""Findings for parts of a table that could not be read."""

from __future__ import annotations

from vault.report import Finding, Status
from vault.storage.errors import StorageFailure


def unavailable(part: str, failure: StorageFailure, *, allow_missing: bool) -> Finding:
    """Report that a part could not be read. It may be wrong, so this counts as a problem unless it is allowed."""
    if failure.reason != "not-available":
        return Finding("not-looked-at", Status.WARNING, f"{part}: not checked: {failure.message}", failure.hint)
    return Finding(
        failure.reason,
        Status.NOTE if allow_missing else Status.WARNING,
        f"{part}: not checked, not available here",
        f"{failure.hint}: --allow-missing accepts this",
    )
