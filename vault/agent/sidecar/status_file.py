"""What a sidecar leaves for people and for the startup probe; nothing in it is secret.

`status.json`: how each login and each read is doing. Paths and roles are in the Plan, too; what is left out is every
value, the id of a lease, a token and its accessor, and any digest of a value, by which a short one could be guessed.
`ready`: there once the files were published; it stays, so that a sidecar which starts again in an outage of Vault's
does not take a Pod out of service that has its files.
"""

from __future__ import annotations

import json
import os
import time

from vault.contract.errors import CannotWrite
from vault.contract.names import READY_FILE, STATUS_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from vault.agent.sidecar.logins import Holding
    from vault.agent.sidecar.tracked import Held
    from vault.contract.errors import Failure


class State:
    """The state of one run. `error` is why the files could not be published, if they could not."""

    __slots__ = ("_directory", "_last_success", "_published", "_started", "error")

    def __init__(self, directory: str) -> None:
        """Write nothing yet."""
        self._directory = directory
        self._started = _at(0)
        self._published = ""
        self._last_success = ""
        self.error: Failure | None = None

    def published_now(self) -> None:
        """Files have changed."""
        self._published = _at(0)

    def say_ready(self) -> None:
        """Tell the startup probe that the files are there. Raises CannotWrite."""
        self._write(READY_FILE, "")

    def write(self, holdings: Sequence[Holding]) -> None:
        """Write how everything is doing. Raises CannotWrite."""
        reads = sorted([held for holding in holdings for held in holding.held], key=lambda held: held.number)
        failing = [self.error, *(each.error for each in holdings), *(held.error for held in reads)]
        is_well = not any(failing)
        if is_well:
            self._last_success = _at(0)
        document = {
            "state": "up to date" if is_well else "failing",
            "written": _at(0),
            "started": self._started,
            "published": self._published,
            "last_success": self._last_success,
            "error": _error(self.error),
            "logins": [_login(each) for each in holdings],
            "reads": [_read(held) for held in reads],
        }
        self._write(STATUS_FILE, json.dumps(document, indent=1) + "\n")

    def _write(self, name: str, text: str) -> None:
        path = os.path.join(self._directory, name)
        try:
            descriptor = os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            try:
                rest = text.encode()
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
                os.fchmod(descriptor, 0o444)
            finally:
                os.close(descriptor)
            os.rename(f"{path}.new", path)  # so it is whole, or as it was
        except OSError as error:
            raise CannotWrite(
                f"the state in {self._directory} cannot be written: {error.strerror}",
                hint="is the directory the volume that the webhook mounts, and may this container's user write to it?",
            ) from None


def _login(holding: Holding) -> dict[str, Any]:
    now = time.monotonic()
    return {
        "vault": holding.plan.vault,
        "role": holding.plan.role,
        "token": holding.session.auth.kind,
        "token_ends": _at(holding.token.ends - now),
        "next": _at(holding.next_at() - now),
        "error": _error(holding.error),
    }


def _read(held: Held) -> dict[str, Any]:
    now = time.monotonic()
    life = held.known.life
    return {
        "path": held.read.path,
        "version": held.fetched.stamp[0] if held.fetched is not None and held.fetched.stamp else None,
        "is_there": held.fetched is not None,
        "is_leased": held.lease is not None,
        "ends": "" if life is None else _at(life.ends - now),
        "answered": _at(held.known.asked - now),
        "error": _error(held.error),
    }


def _error(failure: Failure | None) -> dict[str, str | int] | None:
    return None if failure is None else failure.fields()


def _at(seconds: float) -> str:
    """The time in so many seconds; "" for never."""
    if not abs(seconds) < 10**9:
        return ""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
