"""Rule: `omamori policy drift` says whether Vault is as files say: by its exit code, and as metrics.

The metrics are in Prometheus' text format, on stdout, or in a file for the node exporter's textfile collector, which
appears whole or not at all.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from vault.policy.difference import render_summary
from vault.policy.plan import AccessPlan
from webhook.commands.calls import TO_DO
from webhook.commands.connection import add_vault_arguments
from webhook.commands.policy.files import add_file_arguments
from webhook.commands.policy.plan import add_reviewer_argument, made_plan
from webhook.commands.terminal import warn, write_document

_ACTIONS = ("create", "update", "adopt", "delete")


def configure(parser: argparse.ArgumentParser) -> None:
    """Files, Vault, where the metrics go."""
    add_file_arguments(parser)
    add_vault_arguments(parser)
    add_reviewer_argument(parser)
    parser.add_argument("--metrics-file", type=Path, help="write the metrics here instead of to stdout")
    parser.set_defaults(adopt=True)  # what is in the way is drift, and not a reason to stop


def run(arguments: argparse.Namespace) -> int:
    """Compare. 0: no drift; 2: drift."""
    plan = made_plan(arguments)
    warn(*(f"{change.action} {change.path}" for change in (*plan.changes, *plan.leftovers)))
    warn(render_summary(plan, prune=True))
    metrics = render_metrics(plan)
    if arguments.metrics_file is None:
        write_document(metrics)
    else:
        unfinished = arguments.metrics_file.with_suffix(".unfinished")
        unfinished.write_text(metrics)
        unfinished.replace(arguments.metrics_file)
    return 0 if plan.is_empty else TO_DO


def render_metrics(plan: AccessPlan) -> str:
    """Give the number of changes of each sort, zeros included."""
    counts = Counter(str(change.action) for change in (*plan.changes, *plan.leftovers))
    name = "omamori_policy_drift_changes"
    lines = [f"# HELP {name} Changes that would bring Vault to what the access files say.", f"# TYPE {name} gauge"]
    lines += [f'{name}{{owner="{plan.owner}",action="{action}"}} {counts[action]}' for action in _ACTIONS]
    return "\n".join(lines) + "\n"
