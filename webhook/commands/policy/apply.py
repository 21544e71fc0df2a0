"""Rule: `omamori policy apply` makes the changes that files ask for now, or as they were reviewed in a plan.

A plan in a file is a lock: with it the plan is made anew, and must come out the same. Many deletions are asked about.
"""

from __future__ import annotations

import argparse
import getpass
import socket
import sys
from pathlib import Path

from vault.client import VaultClient
from vault.diagnoses import file_words
from vault.errors import Failure
from vault.policy.applying import Outcome, apply_plan
from vault.policy.difference import coloured, render_lines
from vault.policy.errors import Interrupted
from vault.policy.lock import Lock
from vault.policy.plan import AccessPlan
from vault.policy.saved import SavedPlan, parse_saved, require_same
from webhook.commands.calls import FAILED, INTERRUPTED, CallWrong
from webhook.commands.connection import add_vault_arguments, connect
from webhook.commands.policy.files import access, add_colour_argument, add_file_arguments, is_coloured
from webhook.commands.policy.plan import RETRIES, add_reviewer_argument, plan_by, reviewers_of
from webhook.commands.terminal import complain, tell

MOST_DELETIONS = 10


def configure(parser: argparse.ArgumentParser) -> None:
    """Files and perhaps a plan of them, Vault, the lock."""
    add_file_arguments(parser, required=False)
    parser.add_argument("--plan", type=Path, help="what `plan --out` has kept: apply that, or nothing")
    add_vault_arguments(parser)
    add_reviewer_argument(parser)
    add_colour_argument(parser)
    parser.add_argument("--prune", action="store_true", help="delete what is ours and in no file any more")
    parser.add_argument(
        "--prune-at-most",
        type=int,
        metavar="N",
        help=f"delete up to N policies and roles; without it more than {MOST_DELETIONS}, or all, are asked about",
    )
    parser.add_argument("--adopt", action="store_true", help="take over policies and roles that are not ours")
    parser.add_argument("--lock-seconds", type=int, default=60, help="how long the lock outlives a killed apply (60)")
    parser.add_argument("--lock-wait", type=float, default=90, help="how many seconds to wait for the lock (90)")
    parser.add_argument("--no-lock", action="store_true", help="apply without the lock that the files configure")


def run(arguments: argparse.Namespace) -> int:
    """Apply, and say what is done and what is not. 0: all of it; 1: not all."""
    if not arguments.files:
        raise CallWrong("apply what? give -f FILE, also with --plan, which is made anew and has to come out the same")
    saved = None if arguments.plan is None else _saved(arguments)
    wanted = access(arguments)
    reviewers = reviewers_of(arguments, wanted)
    client = connect(arguments, retries=RETRIES)
    prune = arguments.prune if saved is None else saved.prune
    adopt = arguments.adopt if saved is None else saved.adopt
    plan = plan_by(client, wanted, arguments.vault_address, adopt=adopt)
    if saved is not None:
        require_same(saved, plan)
    tell(*render_lines(plan, prune=prune), colour=coloured if is_coloured(arguments) else None)
    if not plan.changes and not (prune and plan.leftovers):
        return 0
    if prune:
        _check_deletions(plan, arguments.prune_at_most)
    outcome = apply_plan(
        client,
        plan,
        prune=prune,
        lock=_lock(arguments, client, plan),
        wait_seconds=arguments.lock_wait,
        reviewers=reviewers,
    )
    return _report(outcome)


def _saved(arguments: argparse.Namespace) -> SavedPlan:
    """Read the plan that was reviewed. Raises CallWrong and PlanRefused."""
    try:
        saved = parse_saved(arguments.plan.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise CallWrong(f"{arguments.plan}: {file_words(error)}") from None
    for flag, is_given, is_kept in (
        ("--prune", arguments.prune, saved.prune),
        ("--adopt", arguments.adopt, saved.adopt),
    ):
        if is_given and not is_kept:
            raise CallWrong(f"the plan was made without {flag}, which belongs to `plan`: plan again, and look at it")
    if arguments.vault_address and saved.plan.address != arguments.vault_address.rstrip("/"):
        raise CallWrong(f"the plan is for {saved.plan.address}, and not for {arguments.vault_address}")
    return saved


def _check_deletions(plan: AccessPlan, most: int | None) -> None:
    """Ask about many deletions, or all; without a terminal they have to be allowed by number. Raises CallWrong."""
    count = len(plan.leftovers)
    is_all = count > 0 and plan.kept == 0
    if (most is not None and count <= most) or (most is None and count <= MOST_DELETIONS and not is_all):
        return
    what = f"{count} policies and roles would be deleted" + (f", all that {plan.owner} has here" if is_all else "")
    if most is None and sys.stdin.isatty() and sys.stdout.isatty():
        tell(f"{what}. Type yes to delete them:")
        if sys.stdin.readline().strip() == "yes":
            return
        raise CallWrong("nothing was written")
    limit = f"--prune-at-most {most} is less" if most is not None else f"allow them by --prune-at-most {count}"
    raise CallWrong(f"{what}: {limit}; nothing was written")


def _lock(arguments: argparse.Namespace, client: VaultClient, plan: AccessPlan) -> Lock | None:
    if arguments.no_lock or not plan.lock:
        return None
    return Lock(client, plan.lock, arguments.lock_seconds, f"{getpass.getuser()}@{socket.gethostname()}")


def _report(outcome: Outcome) -> int:
    if outcome.failure is None:
        tell(f"done: {len(outcome.done)} written" if outcome.done else "done: another apply has written it all")
        return 0
    tell(*(f"done: {change.action} {change.path}" for change in outcome.done))
    tell(*(f"not done: {change.action} {change.path}" for change in outcome.left))
    why = str(outcome.failure)
    if isinstance(outcome.failure, Failure) and outcome.failure.hint:
        why += f"; {outcome.failure.hint}"
    complain("policy", f"stopped: {why}", "what is done stays; mend it and apply again")
    return INTERRUPTED if isinstance(outcome.failure, Interrupted) else FAILED
