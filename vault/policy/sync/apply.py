"""Apply a plan in order, if Vault has not changed since the plan was made.

Steps of `apply_plan`: (1) mounts, which may contain the lock; (2) the lock; (3) read the affected entries again: an
entry that already matches is skipped, and if any is neither as planned nor as desired, nothing is written; (4) write
kind by kind, several entries of a kind in parallel, until the first error; (5) delete orphans, if requested.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import groupby
from threading import Lock as Mutex
from typing import Any

from vault.client import VaultClient
from vault.contract.errors import Failure, PathRefused
from vault.policy.desired.compat import own_fields
from vault.policy.errors import Interrupted, LockHeld
from vault.policy.sync.apply_lock import Lock, Locks
from vault.policy.sync.plan import AccessPlan, Change
from vault.policy.sync.recheck import MOUNT_TABLES, Pending, recheck
from vault.policy.sync.reviewers import NO_TOKENS, ReviewerTokens
from vault.policy.sync.state import WORKERS
from vault.policy.sync.threads import in_threads

ANSWERED_ONLY = frozenset({"token_reviewer_jwt_set"})


@dataclass(slots=True)
class Outcome:
    """The completed and the remaining changes. `failure` is why the apply stopped, None if it did not."""

    done: list[Change] = field(default_factory=list)
    left: list[Change] = field(default_factory=list)
    failure: Failure | LockHeld | Interrupted | None = None


def apply_plan(
    client: VaultClient,
    plan: AccessPlan,
    *,
    prune: bool,
    lock: Lock | Locks | None,
    wait_seconds: float = 0,
    reviewers: ReviewerTokens = NO_TOKENS,
) -> Outcome:
    """Apply a plan. `reviewers` are the tokens that its changes name.

    Raises PlanStale, PlanRefused or LockHeld, if at most mounts were written, and Failure.
    """
    wanted = [*plan.changes, *(plan.orphans if prune else ())]
    outcome = Outcome()
    secrets = reviewers.resolve(wanted)
    mounts = [change for change in wanted if change.kind in MOUNT_TABLES]
    if mounts:
        _write_all(client, recheck(client, mounts), secrets, outcome, keep=lambda: None)  # (1)
    rest = [change for change in wanted if change.kind not in MOUNT_TABLES]
    if not rest or outcome.failure is not None:
        outcome.left += rest
        return outcome
    with nullcontext() if lock is None else lock.held(wait_seconds):  # (2)
        pending = recheck(client, rest)  # (3)
        keep = (lambda: None) if lock is None else lock.keep
        for _, kind in groupby(
            pending, key=lambda each: (each.change.action == "delete", each.change.kind)
        ):  # (4), (5)
            _write_all(client, list(kind), secrets, outcome, keep)
    return outcome


def _write_all(
    client: VaultClient,
    pending: list[Pending],
    secrets: Mapping[str, str],
    outcome: Outcome,
    keep: Callable[[], None],
) -> None:
    """Write changes in parallel. After the first error, or a lost lock, no write starts; running ones finish."""
    mutex = Mutex()

    def work(each: Pending) -> None:
        with mutex:
            if outcome.failure is None:
                try:
                    keep()
                except (Failure, LockHeld) as failure:
                    outcome.failure = failure
            is_stopped = outcome.failure is not None
        try:
            if not is_stopped:
                _write(client, each, secrets)
        except Failure as failure:
            is_stopped = True
            with mutex:
                outcome.failure = outcome.failure or failure
        with mutex:
            (outcome.left if is_stopped else outcome.done).append(each.change)

    try:
        in_threads(pending, WORKERS, work, waits=True)
    except KeyboardInterrupt:
        outcome.failure = outcome.failure or Interrupted("it was interrupted")
        ended = {change.path for change in (*outcome.done, *outcome.left)}
        outcome.left += [each.change for each in pending if each.change.path not in ended]


def _write(client: VaultClient, pending: Pending, secrets: Mapping[str, str]) -> None:
    change = pending.change
    if change.new is None:
        client.delete(change.path)
        return
    unsent = ANSWERED_ONLY | {own.name for own in own_fields(change.kind) if not own.is_sent}
    fields: dict[str, Any] = {name: value for name, value in change.new.items() if name not in unsent}
    fields |= {name: secrets[source] for name, source in change.write_only}
    if pending.version is not None:
        fields["cas"] = pending.version
    try:
        client.write(change.path, fields)
    except PathRefused as failure:
        if change.kind in MOUNT_TABLES and "path is already in use" in failure.message:
            return  # another apply has enabled it a moment ago
        raise
