"""The lock of `apply`: a version of a KV version 2 secret, taken by check-and-set.

A version names the holder and the duration; its age is measured by Vault's clock. To take the lock, an apply writes on
top of the version that it has seen to be free, so that of two only one succeeds. It releases the lock by writing a
version without a holder. The lock of a killed apply expires.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

from vault.client import VaultClient
from vault.contract.errors import Failure, PathRefused
from vault.policy.errors import LockHeld

BAD_REQUEST = 400
_UPGRADING = "Upgrading from non-versioned"  # a KV mount in its first second
_POLL_SECONDS = 0.5


class Lock:
    """The lock at a path. It expires `seconds` after it was last taken or renewed."""

    def __init__(self, client: VaultClient, path: str, seconds: int, who: str) -> None:
        self._client = client
        self._path = path
        self._seconds = seconds
        self._who = who
        self._holder = secrets.token_hex(8)
        self._version = 0
        self._kept_at = 0.0

    @contextmanager
    def held(self, wait_seconds: float) -> Iterator[Lock]:
        """Hold the lock within a `with` block. Raises LockHeld if it does not become free in time, and Failure."""
        deadline = time.monotonic() + wait_seconds
        while not self._take():
            if time.monotonic() > deadline:
                raise LockHeld(self._words())
            time.sleep(_POLL_SECONDS)
        try:
            yield self
        finally:
            self._give_back()

    def keep(self) -> None:
        """Renew the lock once a third of its time is over. Raises LockHeld if another apply has taken it meanwhile."""
        if time.monotonic() - self._kept_at > self._seconds / 3 and not self._write(self._seconds):
            raise LockHeld(f"the lock {self._path} was lost: this apply took too long; {self._words()}")

    def _take(self) -> bool:
        try:
            found = self._client.read(self._path)
        except PathRefused as failure:
            if _UPGRADING not in failure.message:
                raise
            return False
        if found is not None and not self._is_free(found):
            return False
        self._version = 0 if found is None else int(found["metadata"]["version"])
        return self._write(self._seconds)

    def _is_free(self, found: dict[str, Any]) -> bool:
        entry = found.get("data") or {}
        seconds = int(entry.get("seconds", 0))
        return not seconds or self._client.now() > _seconds_of(found["metadata"]["created_time"]) + seconds

    def _write(self, seconds: int) -> bool:
        """Write a version on top of the known one. Returns False if another writer was faster."""
        entry = {"holder": self._holder, "who": self._who, "seconds": seconds}
        try:
            answer = self._client.write(self._path, {"options": {"cas": self._version}, "data": entry})
        except PathRefused as failure:
            if failure.status != BAD_REQUEST or "check-and-set" not in failure.message:
                raise
            return self._is_written_after_all()
        self._version = int(answer["data"]["version"])
        self._kept_at = time.monotonic()
        return True

    def _is_written_after_all(self) -> bool:
        """Whether the current version is ours: a write whose answer was lost is repeated, and then refused."""
        found = self._client.read(self._path) or {}
        version = int((found.get("metadata") or {}).get("version", 0))
        is_ours = (found.get("data") or {}).get("holder") == self._holder and version == self._version + 1
        if is_ours:
            self._version = version
            self._kept_at = time.monotonic()
        return is_ours

    def _give_back(self) -> None:
        try:
            self._write(0)
        except Failure:
            return  # it ends by itself

    def _words(self) -> str:
        found = (self._client.read(self._path) or {}).get("data") or {}
        who, seconds = found.get("who", "somebody"), found.get("seconds", 0)
        return f"{who} holds the lock {self._path} for up to {seconds} s; wait, or check whether that apply hangs"


class Locks:
    """Several locks, held together: those of the owners of one call.

    All take them in the order of their paths, so that of two calls none waits for the other in a circle.
    """

    def __init__(self, locks: Iterable[Lock]) -> None:
        """Take locks in the order of their paths."""
        self._locks = tuple(locks)

    @contextmanager
    def held(self, wait_seconds: float) -> Iterator[Locks]:
        """Hold all locks within a `with` block. Raises LockHeld and Failure."""
        with ExitStack() as stack:
            for lock in self._locks:
                stack.enter_context(lock.held(wait_seconds))
            self.keep()  # the first ones were held while the last ones were waited for
            yield self

    def keep(self) -> None:
        """Renew each lock once a third of its time is over. Raises LockHeld."""
        for lock in self._locks:
            lock.keep()


def _seconds_of(text: str) -> float:
    """Parse a timestamp of Vault, which has nanoseconds, to seconds since 1970."""
    return datetime.fromisoformat(f"{text[:19]}+00:00").timestamp()
