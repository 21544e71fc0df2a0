"""Render a plan as text or JSON: each change as a diff of both sides in normal form."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from vault.policy.desired.resources import host_of
from vault.policy.sync.plan import AccessPlan, Change

_SIGNS = {"create": "+", "update": "~", "adopt": "!", "delete": "-"}
_COLOURS = {"+": "\x1b[32m", "-": "\x1b[31m", "~": "\x1b[33m", "!": "\x1b[35m"}
_PLAIN = "\x1b[0m"
_NOTHING = "Vault matches the files."


def render_lines(plan: AccessPlan, *, prune: bool) -> list[str]:
    """Render the plan as text. Without `prune`, orphans are listed but not counted as changes."""
    lines = [line for change in (*plan.changes, *plan.orphans) for line in _change(change)]
    return [*lines, *(f"note: {note}" for note in plan.notes), render_summary(plan, prune=prune)]


def coloured(line: str) -> str:
    """Colour a line of `render_lines` by its sign."""
    sign = line.strip()[:1]
    return f"{_COLOURS[sign]}{line}{_PLAIN}" if sign in _COLOURS else line


def render_summary(plan: AccessPlan, *, prune: bool) -> str:
    """Render the summary line."""
    if plan.is_empty:
        return _NOTHING
    counts = Counter(change.action for change in plan.changes)
    words = [f"{counts[action]} to {action}" for action in ("create", "update", "adopt") if counts[action]]
    if plan.orphans:
        words.append(f"{len(plan.orphans)} to delete" + ("" if prune else " by apply --prune"))
    return ", ".join(words)


def render_json(plan: AccessPlan) -> str:
    """Render the plan as JSON."""
    document = {
        "owners": list(plan.owners),
        "changes": [_object(change) for change in plan.changes],
        "orphans": [_object(change) for change in plan.orphans],
        "notes": list(plan.notes),
    }
    return json.dumps(document, indent=2) + "\n"


def _object(change: Change) -> dict[str, Any]:
    return {
        "action": change.action,
        "kind": change.kind,
        "path": change.path,
        "place": change.place,
        "owner": change.owner,
        "old": change.old,
        "new": change.new,
        "cannotBeCompared": [name for name, _ in change.write_only],
    }


def _change(change: Change) -> Iterator[str]:
    place = f"  ({change.place or f'owner {change.owner}'})"
    yield f"{_SIGNS[change.action]} {change.action} {change.path}{place}"
    old, new = _lines(change.old, terse=change.new is None), _lines(change.new)
    for line in list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]:
        if not line.startswith("@@"):
            yield f"    {line}"
    for name, source in change.write_only:
        yield f"    +{name}: the token {source}, which will be sent to {host_of(change.new or {})} (cannot be compared)"
    yield ""


def _lines(fields: Any, *, terse: bool = False) -> list[str]:
    """Render the normal form as lines: a policy's text, other fields as JSON. `terse` omits zero values."""
    if fields is None:
        return []
    text = fields.get("policy", "")
    others = [
        f"{name}: {json.dumps(value)}"
        for name, value in sorted(fields.items())
        if name != "policy" and (value or not terse)
    ]
    # split only at line feeds: other line ends that Python knows are shown within the line
    return [*others, *text.removesuffix("\n").split("\n")] if text else others
