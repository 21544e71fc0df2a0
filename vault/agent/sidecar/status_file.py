"""What a sidecar leaves for people, rendered from its state: `status.json`. Nothing in it is secret.

It says how each login and each read is doing. Paths and roles are in the Plan, too; what is left out is every
value, the id of a lease, a token and its accessor, and any digest of a value, by which a short one could be guessed.
"""

from __future__ import annotations

import time

from vault.agent import log
from vault.agent.sidecar.machine.schedule import next_of_session
from vault.agent.sidecar.machine.ttl import NEVER
from vault.agent.state_directory import write_whole
from vault.contract import cjson
from vault.contract.errors import CannotWrite
from vault.contract.names import STATUS_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vault.agent.render.render import Note
    from vault.agent.sidecar.machine.state import ReadState, State
    from vault.contract.errors import Failure


class StatusFile:
    """The state directory of one run, and the times that only this file knows."""

    __slots__ = ("_directory", "_is_written", "_last_success", "_published", "_started")

    def __init__(self, directory: str) -> None:
        """Write nothing yet."""
        self._directory = directory
        self._started = _text(time.time(), 0)
        self._last_success = ""
        self._published = ""
        self._is_written = True

    def published_now(self) -> None:
        """Note that files have changed."""
        self._published = _text(time.time(), 0)

    def write(self, state: State) -> None:
        """Write how everything is doing. Raises CannotWrite."""
        wall_clock = time.time()
        if state.is_well:
            self._last_success = _text(wall_clock, 0)
        run = {"started": self._started, "published": self._published, "last_success": self._last_success}
        document = render_status(state, run, time.monotonic(), wall_clock)
        write_whole(self._directory, STATUS_FILE, cjson.dumps(document) + "\n")

    def write_or_log(self, state: State) -> None:
        """Write it, or say once that it cannot be written."""
        try:
            self.write(state)
            self._is_written = True
        except CannotWrite as failure:
            if self._is_written:
                log.write("error", "the status is not up to date", **log.cause_of(failure))
            self._is_written = False


def render_status(state: State, run: dict[str, str], now: float, wall_clock: float) -> dict[str, Any]:
    """Render the document. `now` is of the clock that only goes forward, `wall_clock` the time since the epoch."""
    sessions = {read.spec.session for read in state.reads if read.needed}
    return {
        "state": "up to date" if state.is_well else "failing",
        "written": _text(wall_clock, 0),
        **run,
        "error": _error(None if state.files_trouble is None else state.files_trouble.failure),
        "logins": [_login(state, number, now, wall_clock) for number in sorted(sessions)],
        "reads": [_read(read, now, wall_clock) for read in state.reads if read.needed],
        "warnings": [_warning(each) for each in state.warnings],
    }


def _login(state: State, number: int, now: float, wall_clock: float) -> dict[str, Any]:
    session = state.sessions[number]
    return {
        "vault": session.spec.vault,
        "role": session.spec.role,
        "token": session.kind,
        "token_ends": _text(wall_clock, NEVER if session.ttl is None else session.ttl.ends - now),
        "next": _text(wall_clock, max(0.0, next_of_session(state, number, now).until - now)),
        "error": _error(session.error),
    }


def _read(read: ReadState, now: float, wall_clock: float) -> dict[str, Any]:
    return {
        "path": read.path,
        "version": read.published.stamp[0] if read.published is not None and read.published.stamp else None,
        "is_there": read.published is not None,
        "is_leased": read.lease is not None,
        "ends": "" if read.ttl is None else _text(wall_clock, read.ttl.ends - now),
        "answered": _text(wall_clock, read.asked - now),
        "error": _error(None if read.trouble is None else read.trouble.failure),
    }


def _warning(note: Note) -> dict[str, str]:
    return {"annotation": note.annotation, "message": f"{note.message}: {note.cause}" if note.cause else note.message}


def _error(failure: Failure | None) -> dict[str, str | int] | None:
    return None if failure is None else failure.fields()


def _text(wall_clock: float, seconds: float) -> str:
    """Return the time in so many seconds; "" for never. `wall_clock` is the time since the epoch."""
    if not abs(seconds) < 10**9:
        return ""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(wall_clock + seconds))
