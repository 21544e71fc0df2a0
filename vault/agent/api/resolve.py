"""Resolve a host name before a deadline.

The C library's resolver has no timeout that a caller could set, so it runs in a thread. At the deadline the caller
abandons it; the next lookup of the name waits for the same thread, so that there is at most one.
"""

from __future__ import annotations

import _socket
import _thread
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vault.contract.origins import Origin


class _LookUp:
    """One that goes on; `found` is then there."""

    __slots__ = ("_done", "_origin", "found")

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self.found: list[Any] | OSError = TimeoutError()
        self._done = _thread.allocate_lock()
        self._done.acquire()
        try:
            _thread.start_new_thread(self._run, ())
        except RuntimeError:
            self.found = OSError(0, "no thread can be started to look up the name")
            self._done.release()

    def _run(self) -> None:
        try:
            # typeshed has no bytes for a host, the C function does: it keeps the idna codec from being imported
            self.found = _socket.getaddrinfo(self._origin.host.encode(), self._origin.port, type=_socket.SOCK_STREAM)
        except OSError as error:
            self.found = error
        finally:
            self._done.release()

    def is_done(self, ends: float) -> bool:
        return self._done.acquire(timeout=max(0.0, ends - time.monotonic()))


_left_behind: dict[Origin, _LookUp] = {}


def look_up(origin: Origin, ends: float) -> list[Any]:
    """Return the addresses of a host, as getaddrinfo does. Raises OSError, which is TimeoutError at `ends`."""
    going_on = _left_behind[origin] = _left_behind.get(origin) or _LookUp(origin)
    if not going_on.is_done(ends):
        raise TimeoutError
    del _left_behind[origin]
    if isinstance(going_on.found, OSError):
        raise going_on.found
    return going_on.found
