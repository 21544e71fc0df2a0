"""Rule: `omamori policy plan` shows what would be changed, and may keep it in a file for `apply`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vault.policy.difference import render_json, render_text
from vault.policy.live import read_live
from vault.policy.plan import AccessPlan, render_saved
from vault.policy.planning import plan_access
from webhook.commands.calls import TO_DO
from webhook.commands.connection import add_vault_arguments, connect
from webhook.commands.policy.files import access, add_colour_argument, add_file_arguments, is_coloured

RETRIES = 4


def configure(parser: argparse.ArgumentParser) -> None:
    """Files, Vault, and how the plan is shown and kept."""
    add_file_arguments(parser)
    add_vault_arguments(parser)
    add_colour_argument(parser)
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text", help="for people or for programs")
    parser.add_argument("--out", type=Path, metavar="PLAN", help="keep the plan in a file, for apply --plan")
    parser.add_argument("--prune", action="store_true", help="count what is in no file any more as to be deleted")
    parser.add_argument("--adopt", action="store_true", help="take over policies and roles that are not ours")


def run(arguments: argparse.Namespace) -> int:
    """Print the plan. 0: nothing to do; 2: changes."""
    plan = made_plan(arguments)
    if arguments.output == "json":
        sys.stdout.write(render_json(plan))
    else:
        sys.stdout.write(render_text(plan, colour=is_coloured(arguments), prune=arguments.prune))
    if arguments.out is not None:
        arguments.out.write_text(render_saved(plan))
    return 0 if plan.is_empty else TO_DO


def made_plan(arguments: argparse.Namespace) -> AccessPlan:
    """Make the plan that the arguments ask for. Raises PolicyError, Failure and CallWrong."""
    wanted = access(arguments)
    client = connect(arguments, retries=RETRIES)
    return plan_access(wanted, read_live(client, wanted), arguments.vault_address, adopt=arguments.adopt)
