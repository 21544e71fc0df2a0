"""`omamori policy drift`: report by exit code and metrics whether Vault matches the access files.

The metrics are in Prometheus' text format, on stdout or in a file for the node exporter's textfile collector. The file
is replaced atomically.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from vault.cli.exit_codes import CHANGES, OK
from vault.cli.files import replace_text
from vault.cli.options import VaultOptions
from vault.cli.terminal import warn, write_document
from vault.policy.commands.plan import made_plan
from vault.policy.sync.plan import AccessPlan
from vault.policy.sync.plan_output import render_summary

_ACTIONS = ("create", "update", "adopt", "delete")


def run(
    *, files: tuple[Path, ...], vault: VaultOptions, reviewer_tokens: tuple[str, ...], metrics_file: Path | None
) -> int:
    """Compare Vault with the files. Exit code CHANGES: there is drift."""
    # entries that omamori does not manage count as drift; they must not stop the report
    plan = made_plan(files, vault, reviewer_tokens, adopt=True)
    warn(*(f"{change.action} {change.path}" for change in (*plan.changes, *plan.orphans)))
    warn(render_summary(plan, prune=True))
    metrics = render_metrics(plan)
    if metrics_file is None:
        write_document(metrics)
    else:
        replace_text(metrics_file, metrics)
    return OK if plan.is_empty else CHANGES


def render_metrics(plan: AccessPlan) -> str:
    """Render the number of changes of each owner and kind, including zeros."""
    counts = Counter((change.owner, str(change.action)) for change in (*plan.changes, *plan.orphans))
    name = "omamori_policy_drift_changes"
    lines = [f"# HELP {name} Changes that would bring Vault to what the access files say.", f"# TYPE {name} gauge"]
    lines += [
        f'{name}{{owner="{owner}",action="{action}"}} {counts[owner, action]}'
        for owner in plan.owners
        for action in _ACTIONS
    ]
    return "\n".join(lines) + "\n"
