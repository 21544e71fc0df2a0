"""Rule: a plan is carried out in its order, as far as Vault is as it was when the plan was made.

The steps of `apply_plan`: (1) mounts, which may be where the lock is; (2) the lock; (3) look again at what would be
changed: what is already as wanted is left alone, and where something is neither as it was nor as wanted, nothing is
written; (4) kind by kind, several writes at a time within a kind, until the first refusal; (5) leftovers, if asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from threading import Lock as Mutex
from typing import Any

from vault.client import VaultClient
from vault.errors import Failure, PathRefused
from vault.policy.access import Reference
from vault.policy.entries import Entry, Fields, normal_form
from vault.policy.errors import PlanRefused, PlanStale
from vault.policy.live import WORKERS, concurrently
from vault.policy.lock import Lock
from vault.policy.plan import AccessPlan, Change

ANSWERED_ONLY = frozenset({"token_reviewer_jwt_set"})


@dataclass(slots=True)
class Outcome:
    """What has been done, and what not; `failure` is why it stopped, None where it did not."""

    done: list[Change] = field(default_factory=list)
    left: list[Change] = field(default_factory=list)
    failure: Failure | None = None


def apply_plan(
    client: VaultClient, plan: AccessPlan, *, prune: bool, lock: Lock | None, wait_seconds: float = 0
) -> Outcome:
    """Carry a plan out. Raises PlanStale, PlanRefused or LockHeld where nothing but mounts was written, and Failure."""
    wanted = [*plan.changes, *(plan.leftovers if prune else ())]
    outcome = Outcome()
    secrets = _resolve(wanted)
    mounts = [change for change in wanted if change.kind in {"mount", "auth"}]
    if mounts:
        _write_all(client, _unapplied(client, mounts), secrets, outcome, keep=lambda: None)  # (1)
    rest = [change for change in wanted if change.kind not in {"mount", "auth"}]
    if not rest or outcome.failure is not None:
        outcome.left += rest
        return outcome
    with nullcontext() if lock is None else lock.held(wait_seconds):  # (2)
        left = _unapplied(client, rest)  # (3)
        keep = (lambda: None) if lock is None else lock.keep
        for _, kind in groupby(left, key=lambda change: (change.action == "delete", change.kind)):  # (4), (5)
            _write_all(client, list(kind), secrets, outcome, keep)
    return outcome


def _resolve(changes: Iterable[Change]) -> Mapping[Reference, str]:
    """Read what is write-only, before anything is written. Raises PlanRefused naming what cannot be read."""
    found: dict[Reference, str] = {}
    problems: list[str] = []
    for change in changes:
        for name, reference in change.write_only:
            try:
                found[reference] = (
                    Path(reference.name).read_text().strip()
                    if reference.source == "file"
                    else os.environ[reference.name]
                )
            except (OSError, UnicodeDecodeError, KeyError):
                problems.append(f"{change.place}: {change.path}: {name} cannot be read {reference}")
    if problems:
        raise PlanRefused(problems)
    return found


def _unapplied(client: VaultClient, changes: list[Change]) -> list[Change]:
    """Look again, and give what is still to be done. Raises PlanStale."""
    mounts = {
        change.kind: client.read(f"sys/{_TABLES[change.kind]}") or {} for change in changes if change.kind in _TABLES
    }
    there = _listed(client, [change.path for change in changes if change.kind in {"policy", "role"}])
    paths = [
        change.path
        for change in changes
        if change.kind not in _TABLES and (change.kind == "config" or change.path in there)
    ]
    read = concurrently(paths, client.read)

    def now(change: Change) -> Fields | None:
        if change.kind in _TABLES:
            found = mounts[change.kind].get(f"{change.path.partition('/')[2].partition('/')[2]}/")
            return None if found is None else change.new
        answered = read.get(change.path)
        entry = Entry(change.kind, change.path, change.new or change.old or {}, change.place)
        return None if answered is None else normal_form(entry, answered)

    def is_as(there: Fields | None, wanted: Fields | None) -> bool:
        return there == wanted

    left: list[Change] = []
    stale: list[str] = []
    for change in changes:
        current = now(change)
        if is_as(current, change.new):
            continue
        left.append(change)
        if not is_as(current, change.old):
            stale.append(change.path)
    if stale:
        named = ", ".join(stale[:5]) + (f" and {len(stale) - 5} more" if len(stale) > 5 else "")  # noqa: PLR2004 - enough
        raise PlanStale(f"Vault has changed since the plan was made: {named}; look at a new plan")
    return left


_TABLES = {"mount": "mounts", "auth": "auth"}


def _listed(client: VaultClient, paths: list[str]) -> set[str]:
    """Give those of the paths that are there, by asking each folder for its names."""
    folders = {path.rpartition("/")[0] for path in paths}
    return {f"{folder}/{name}" for folder in folders for name in client.list(folder)}


def _write_all(
    client: VaultClient,
    changes: list[Change],
    secrets: Mapping[Reference, str],
    outcome: Outcome,
    keep: Callable[[], None],
) -> None:
    """Write several at a time. After the first refusal none is begun; those under way end, and are told of."""
    mutex = Mutex()
    waiting: Iterator[Change] = iter(changes)

    def work() -> None:
        while True:
            with mutex:
                change = None if outcome.failure else next(waiting, None)
                if change is None:
                    return
                keep()
            try:
                _write(client, change, secrets)
            except Failure as failure:
                with mutex:
                    outcome.failure = outcome.failure or failure
                    outcome.left.append(change)
            else:
                with mutex:
                    outcome.done.append(change)

    with ThreadPoolExecutor(WORKERS) as pool:
        for worker in [pool.submit(work) for _ in range(min(WORKERS, len(changes)))]:
            worker.result()
    outcome.left += waiting


def _write(client: VaultClient, change: Change, secrets: Mapping[Reference, str]) -> None:
    if change.new is None:
        client.delete(change.path)
        return
    fields: dict[str, Any] = {name: value for name, value in change.new.items() if name not in ANSWERED_ONLY}
    fields |= {name: secrets[reference] for name, reference in change.write_only}
    try:
        client.write(change.path, fields)
    except PathRefused as failure:
        if change.kind in _TABLES and "path is already in use" in failure.message:
            return  # another apply has enabled it a moment ago
        raise
