"""Rule: `omamori policy apply` makes the changes: those of a plan that was kept, or those that files ask for now."""

from __future__ import annotations

import argparse
import getpass
import socket
import sys
from pathlib import Path

from vault.client import VaultClient
from vault.errors import Failure
from vault.policy.applying import Outcome, apply_plan
from vault.policy.difference import render_text
from vault.policy.lock import Lock
from vault.policy.plan import AccessPlan, parse_saved
from webhook.commands.calls import FAILED, CallWrong
from webhook.commands.connection import add_vault_arguments, connect
from webhook.commands.policy.files import add_colour_argument, add_file_arguments, is_coloured
from webhook.commands.policy.plan import RETRIES, made_plan


def configure(parser: argparse.ArgumentParser) -> None:
    """Files or a plan, Vault, the lock."""
    add_file_arguments(parser, required=False)
    parser.add_argument("--plan", type=Path, help="a plan that `plan --out` has kept, instead of files")
    add_vault_arguments(parser)
    add_colour_argument(parser)
    parser.add_argument("--prune", action="store_true", help="delete what is ours and in no file any more")
    parser.add_argument("--adopt", action="store_true", help="take over policies and roles that are not ours")
    parser.add_argument("--lock-seconds", type=int, default=60, help="how long the lock outlives a killed apply (60)")
    parser.add_argument("--lock-wait", type=float, default=90, help="how many seconds to wait for the lock (90)")
    parser.add_argument("--no-lock", action="store_true", help="apply without the lock that the files configure")


def run(arguments: argparse.Namespace) -> int:
    """Apply, and say what is done and what is not. 0: all of it; 1: not all."""
    plan = _plan(arguments)
    client = connect(arguments, retries=RETRIES)
    sys.stdout.write(render_text(plan, colour=is_coloured(arguments), prune=arguments.prune))
    sys.stdout.flush()
    if not plan.changes and not (arguments.prune and plan.leftovers):
        return 0
    outcome = apply_plan(
        client,
        plan,
        prune=arguments.prune,
        lock=_lock(arguments, client, plan),
        wait_seconds=arguments.lock_wait,
    )
    return _report(outcome)


def _plan(arguments: argparse.Namespace) -> AccessPlan:
    if bool(arguments.plan) == bool(arguments.files):
        raise CallWrong("apply what? give either -f FILE or --plan PLAN")
    if arguments.plan is None:
        return made_plan(arguments)
    if arguments.adopt:
        raise CallWrong("--adopt belongs to `plan`: a plan that is kept says what is adopted")
    try:
        plan = parse_saved(arguments.plan.read_text())
    except OSError as error:
        raise CallWrong(f"{arguments.plan}: {error.strerror}") from None
    if plan.address != arguments.vault_address:
        raise CallWrong(f"the plan is for {plan.address}, and not for {arguments.vault_address}")
    return plan


def _lock(arguments: argparse.Namespace, client: VaultClient, plan: AccessPlan) -> Lock | None:
    if arguments.no_lock or not plan.lock:
        return None
    return Lock(client, plan.lock, arguments.lock_seconds, f"{getpass.getuser()}@{socket.gethostname()}")


def _report(outcome: Outcome) -> int:
    if outcome.failure is None:
        print(f"done: {len(outcome.done)} written" if outcome.done else "done: another apply has written it all")
        return 0
    for change in outcome.done:
        print(f"done: {change.action} {change.path}")
    for change in outcome.left:
        print(f"not done: {change.action} {change.path}")
    why = str(outcome.failure)
    if isinstance(outcome.failure, Failure) and outcome.failure.hint:
        why += f"; {outcome.failure.hint}"
    print(f"omamori policy: stopped: {why}", file=sys.stderr)
    print("omamori policy: what is done stays; mend it and apply again", file=sys.stderr)
    return FAILED
