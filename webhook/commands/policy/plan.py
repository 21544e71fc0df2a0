"""Rule: `omamori policy plan` shows what would be changed, and may keep it in a file for `apply`."""

from __future__ import annotations

import argparse
from pathlib import Path

from vault.client import VaultClient
from vault.policy.access import Access, KubernetesConfig
from vault.policy.difference import coloured, render_json, render_lines
from vault.policy.errors import PlanRefused
from vault.policy.live import read_live
from vault.policy.plan import AccessPlan
from vault.policy.planning import plan_access
from vault.policy.reviewers import ReviewerTokens, read_reviewer_tokens
from vault.policy.saved import SavedPlan, render_saved
from webhook.commands.calls import TO_DO
from webhook.commands.connection import add_vault_arguments, connect
from webhook.commands.policy.files import access, add_colour_argument, add_file_arguments, is_coloured
from webhook.commands.terminal import tell, write_document

RETRIES = 4


def configure(parser: argparse.ArgumentParser) -> None:
    """Files, Vault, and how the plan is shown and kept."""
    add_file_arguments(parser)
    add_vault_arguments(parser)
    add_reviewer_argument(parser)
    add_colour_argument(parser)
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text", help="for people or for programs")
    parser.add_argument("--out", type=Path, metavar="PLAN", help="keep the plan in a file, for apply --plan")
    parser.add_argument("--prune", action="store_true", help="count what is in no file any more as to be deleted")
    parser.add_argument("--adopt", action="store_true", help="take over policies and roles that are not ours")


def add_reviewer_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--reviewer-token`."""
    parser.add_argument(
        "--reviewer-token",
        dest="reviewer_tokens",
        metavar="NAME=FILE",
        action="append",
        default=[],
        help="the token that access files call NAME (tokenFrom); may be given several times",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the plan. 0: nothing to do; 2: changes."""
    plan = made_plan(arguments)
    if arguments.output == "json":
        write_document(render_json(plan))
    else:
        colour = coloured if is_coloured(arguments) else None
        tell(*render_lines(plan, prune=arguments.prune), colour=colour)
    if arguments.out is not None:
        saved = SavedPlan(plan, prune=arguments.prune, adopt=arguments.adopt)
        arguments.out.write_text(render_saved(saved))
    return 0 if plan.is_empty else TO_DO


def made_plan(arguments: argparse.Namespace) -> AccessPlan:
    """Make the plan that the arguments ask for. Raises PolicyError, Failure and CallWrong."""
    wanted = access(arguments)
    reviewers_of(arguments, wanted)
    return plan_by(connect(arguments, retries=RETRIES), wanted, arguments.vault_address, adopt=arguments.adopt)


def plan_by(client: VaultClient, wanted: Access, address: str, *, adopt: bool) -> AccessPlan:
    """Look at Vault, and plan. Raises PolicyError and Failure."""
    return plan_access(wanted, read_live(client, wanted), address.rstrip("/"), adopt=adopt)


def reviewers_of(arguments: argparse.Namespace, wanted: Access) -> ReviewerTokens:
    """Read the tokens that are given. Raises PlanRefused for what is none, and for a name that no file has."""
    found = read_reviewer_tokens(arguments.reviewer_tokens)
    configs = [auth.config for auth in wanted.auths.values()]
    named = {config.reviewer for config in configs if isinstance(config, KubernetesConfig)}
    unknown = sorted(found.by_name.keys() - named)
    if unknown:
        raise PlanRefused([f"--reviewer-token {', '.join(unknown)}: no file has a reviewer of this name (tokenFrom)"])
    return found
