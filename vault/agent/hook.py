"""Whether the postStart hook of this container still holds the application back, while the first files are fetched.

Facts (read in the kubelet of Kubernetes 1.37, and tried)
- A kubelet that is restarted while a hook runs does not run it again. It takes the container for started, and starts
  what comes next: without its files.
- The hook is a call of the kubelet's to the runtime, and ends with the kubelet that made it.

So a container whose hook is gone has to end before the next kubelet looks: that one starts it again, with a hook.
"""

from __future__ import annotations

import os
import time

from vault.agent.signals import signal
from vault.agent.state_directory import is_ready
from vault.contract.errors import CannotWrite, StartInterrupted
from vault.contract.names import HOOK_FILE

LOOK_SECONDS = 0.1
# The kubelet runs the hook as soon as it has started the container, but a busy node takes its time. Only a kubelet that
# ends between these two, and is back sooner than this, while Vault gives no files, finds the container without a hook.
COMES_WITHIN_SECONDS = 8.0


class HookGone(BaseException):
    """Raised in the middle of whatever is being done; no set of files is half-published by it, that is one rename."""


class HookWatch:
    """Watches the hook of a state directory until its block ends, which then raises StartInterrupted if it is gone."""

    __slots__ = ("_before", "_began", "_descriptor", "_directory", "_was_there")

    def __init__(self, directory: str) -> None:
        """Watch nothing yet. Raises CannotWrite."""
        self._directory = directory
        self._was_there = False
        try:
            self._descriptor = os.open(os.path.join(directory, HOOK_FILE), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise CannotWrite(f"the state in {directory} cannot be written: {error.strerror}") from None

    def __enter__(self) -> None:
        """Look now and then, as the handler of a signal: the block may wait for anything."""
        self._began = time.monotonic()
        self._before = signal.signal(signal.SIGALRM, self._look)
        signal.setitimer(signal.ITIMER_REAL, LOOK_SECONDS, LOOK_SECONDS)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Look no more."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._before)
        os.close(self._descriptor)
        if kind is HookGone:
            raise StartInterrupted(
                "the hook that holds the application back is gone, before the files were there",
                hint="the kubelet was restarted, or did not run the hook; it starts this container again",
            ) from None

    def _look(self, _number: int, _frame: object) -> None:
        if self._is_held():
            self._was_there = True
        elif not is_ready(self._directory) and (
            self._was_there or time.monotonic() - self._began > COMES_WITHIN_SECONDS
        ):
            signal.setitimer(signal.ITIMER_REAL, 0)  # once: what is being ended must not be ended in its turn
            raise HookGone

    def _is_held(self) -> bool:
        try:
            os.lockf(self._descriptor, os.F_TEST, 0)
        except OSError:
            return True
        return False
