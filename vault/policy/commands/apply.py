"""`omamori policy apply`: apply access files to Vault, or exactly the changes of a reviewed plan.

With a plan file, the plan is computed again and must be equal to the file. Many deletions need a confirmation.
"""

from __future__ import annotations

import getpass
import socket
import sys
from pathlib import Path

from vault.cli.command import UsageError
from vault.cli.connection import connect
from vault.cli.exit_codes import FAILED, INTERRUPTED, OK
from vault.cli.files import read_text
from vault.cli.options import VaultOptions, is_coloured
from vault.cli.terminal import complain, tell
from vault.contract.errors import Failure
from vault.policy.commands.access_files import read_access
from vault.policy.commands.declared import MOST_DELETIONS
from vault.policy.commands.plan import RETRIES, plan_by, reviewers_of
from vault.policy.errors import Interrupted
from vault.policy.sync.apply import Outcome, apply_plan
from vault.policy.sync.apply_lock import Lock, Locks
from vault.policy.sync.plan import AccessPlan
from vault.policy.sync.plan_output import coloured, render_lines
from vault.policy.sync.saved_plan import SavedPlan, parse_saved, require_same


def run(
    *,
    files: tuple[Path, ...],
    plan: Path | None,
    vault: VaultOptions,
    reviewer_tokens: tuple[str, ...],
    no_color: bool,
    prune: bool,
    prune_at_most: int | None,
    adopt: bool,
    lock_seconds: int,
    lock_wait: float,
    no_lock: bool,
) -> int:
    """Apply, and report what was done and what was not. Exit code FAILED: not everything was applied."""
    saved = None if plan is None else _saved(plan, vault, prune=prune, adopt=adopt)
    wanted = read_access(files)
    reviewers = reviewers_of(reviewer_tokens, wanted)
    client = connect(vault, retries=RETRIES)
    if saved is not None:
        prune, adopt = saved.prune, saved.adopt
    planned = plan_by(client, wanted, vault.vault_address or "", adopt=adopt)
    if saved is not None:
        require_same(saved, planned)
    tell(*render_lines(planned, prune=prune), colour=coloured if is_coloured(no_color=no_color) else None)
    if not planned.changes and not (prune and planned.orphans):
        return OK
    if prune:
        _check_deletions(planned, prune_at_most)
    lock = None if no_lock else Locks(Lock(client, path, lock_seconds, _holder()) for path in planned.locks)
    return _report(apply_plan(client, planned, prune=prune, lock=lock, wait_seconds=lock_wait, reviewers=reviewers))


def _saved(file: Path, vault: VaultOptions, *, prune: bool, adopt: bool) -> SavedPlan:
    """Read the reviewed plan. Raises CallWrong and PlanRefused."""
    saved = parse_saved(read_text(file))
    for flag, is_given, is_kept in (("--prune", prune, saved.prune), ("--adopt", adopt, saved.adopt)):
        if is_given and not is_kept:
            raise UsageError(f"the plan was made without {flag}: run `plan {flag}` and review its result")
    if vault.vault_address and saved.plan.address != vault.vault_address:
        raise UsageError(f"the plan is for {saved.plan.address}, not for {vault.vault_address}")
    return saved


def _check_deletions(plan: AccessPlan, most: int | None) -> None:
    """Confirm many deletions, or all that an owner has; without a terminal `most` must allow it. Raises CallWrong."""
    count = len(plan.orphans)
    affected = {change.owner for change in plan.orphans}
    emptied = [owner for owner in plan.owners if owner in affected and not plan.kept[owner]]
    if (most is not None and count <= most) or (most is None and count <= MOST_DELETIONS and not emptied):
        return
    what = f"{count} policies and roles would be deleted" + (
        f", {'which is' if affected == {*emptied} else 'with'} everything that {' or '.join(emptied)} manages here"
        if emptied
        else ""
    )
    if most is None and sys.stdin.isatty() and sys.stdout.isatty():
        tell(f"{what}. Type yes to delete them:")
        if sys.stdin.readline().strip() == "yes":
            return
        raise UsageError("nothing was written")
    limit = (
        f"that is more than --prune-at-most {most}"
        if most is not None
        else f"to allow this, pass --prune-at-most {count}"
    )
    raise UsageError(f"{what}: {limit}; nothing was written")


def _holder() -> str:
    """Return the name that others see while they wait for the lock."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def _report(outcome: Outcome) -> int:
    if outcome.failure is None:
        tell(
            f"done: {len(outcome.done)} written"
            if outcome.done
            else "done: another apply has already written everything"
        )
        return OK
    tell(*(f"done: {change.action} {change.path}" for change in outcome.done))
    tell(*(f"not done: {change.action} {change.path}" for change in outcome.left))
    why = str(outcome.failure)
    if isinstance(outcome.failure, Failure) and outcome.failure.hint:
        why += f"; {outcome.failure.hint}"
    complain(f"stopped: {why}", "what is done stays; fix the problem and apply again")
    return INTERRUPTED if isinstance(outcome.failure, Interrupted) else FAILED
