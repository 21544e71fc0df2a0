"""The order of a sidecar's life, from the first files to its end; see init.py for the program that runs once.

(1) log in and read everything, as the program does that runs once, and under the same deadline; (2) publish, and say
that it is ready; then, until the end, (3) wait until something is due, and do it; (4) publish what has changed;
(5) write the status; (6) do what the Plan says of a change: nothing, a signal, or ending with the code by which all
containers start anew.
On SIGTERM or SIGINT: revoke the service tokens, and so all that is leased, and end with 0, within 2 s. So, too, where
the first files cannot be had, which ends it with the Failure's code, and after a mistake of ours (1). Later nothing of
Vault's does: the files stay as they are.

Facts
- As PID 1 of a container a process gets only those signals that it has a handler for.
- What the first files replace was published before this start. Nobody is restarted for it: what is dynamic is new at
  each start, and so would be the reason for the next. A signal is sent.
"""

from __future__ import annotations

import gc
import signal
import time

from vault.agent import log
from vault.agent.deadline import LAST_SECONDS, Deadline
from vault.agent.launcher import add_launchers
from vault.agent.publish import current_set, is_published, publish
from vault.agent.render.render import render_all
from vault.agent.sidecar.logins import Holding
from vault.agent.sidecar.notify import tell
from vault.agent.sidecar.schedule import NEVER
from vault.agent.sidecar.status_file import State
from vault.contract.errors import Failure, PlanInvalid
from vault.contract.names import RESTART_EXIT_CODE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vault.agent.fetch import Fetched
    from vault.agent.render.files import File
    from vault.agent.render.render import Note
    from vault.agent.sidecar.tracked import Held
    from vault.contract.plan import Plan

_ENDS = (signal.SIGTERM, signal.SIGINT)  # a Pod may have either as its stopSignal
_SHORTEST_SLEEP_SECONDS = 0.01
_LONGEST_SLEEP_SECONDS = 3600.0


class Stopped(BaseException):
    """SIGTERM or SIGINT came, whatever was being done: no set is half-published by it, that is one rename."""


def keep(plan: Plan) -> int:
    """Stay until a signal, or a change that all containers start anew for. Gives the exit code. Raises Failure."""
    if not plan.state_directory:
        raise PlanInvalid(
            "the Plan names no state_directory, which a sidecar needs",
            hint="the webhook and the agent image are of different releases",
        )
    holdings: list[Holding] = []
    try:
        for number in _ENDS:
            signal.signal(number, _stop)
        holdings += [Holding(plan, index) for index in sorted({read.session for read in plan.reads})]
        try:
            return _Sidecar(plan, holdings).live()
        except Exception:  # whatever it is
            _revoke(holdings)
            raise
    except Stopped:
        _revoke(holdings)
        log.write("info", "stopped")
        return 0
    finally:
        _go_on()


def _revoke(holdings: Sequence[Holding]) -> None:
    deadline = Deadline(LAST_SECONDS)
    for holding in holdings:
        holding.revoke(deadline)


def _stop(_number: int, _frame: object) -> None:
    _go_on()
    raise Stopped


def _go_on() -> None:
    """Let no second signal end what the first has begun."""
    for number in _ENDS:
        signal.signal(number, signal.SIG_IGN)


class _Sidecar:
    """What lives: the Plan, what is held for it, and whether something of it is yet to be published."""

    __slots__ = ("_has_news", "_held", "_holdings", "_is_state_told", "_noted", "_plan", "_state")

    def __init__(self, plan: Plan, holdings: Sequence[Holding]) -> None:
        self._plan = plan
        self._holdings = holdings
        self._held: list[Held] = sorted(
            (held for holding in holdings for held in holding.held), key=lambda held: held.number
        )
        self._state = State(plan.state_directory)
        self._has_news = False
        self._is_state_told = True
        self._noted: set[Note] = set()

    def live(self) -> int:
        """Live. Gives the exit code; raises Failure where the first files cannot be had, and Stopped."""
        self._begin()
        gc.freeze()  # what is here now stays, so it need not be looked through each time
        while True:
            self._wait()  # (3)
            for holding in self._holdings:
                holding.do_what_is_due()
            has_changed = self._publish_news()  # (4)
            self._write_state()  # (5)
            if has_changed and self._plan.on_change == "restart":  # (6)
                log.write("info", "all containers are to start anew", exit_code=RESTART_EXIT_CODE)
                for holding in self._holdings:
                    holding.end()
                return RESTART_EXIT_CODE
            if has_changed and self._plan.on_change == "signal":
                tell(self._plan.process, self._plan.signal)
            gc.collect()  # collection by itself is off; this is the time for it

    def _begin(self) -> None:
        deadline = Deadline(self._plan.deadline_seconds)
        for holding in self._holdings:
            holding.begin(deadline)  # (1)
        directories = self._render(self._wanted())
        for held in self._held:
            held.accept()
        is_first = not all(map(current_set, directories))  # stopped between two directories, the first has not ended
        has_changed = self._publish(directories)  # (2)
        self._state.write(self._holdings)
        self._state.say_ready()
        if has_changed and not is_first and self._plan.on_change == "signal":
            tell(self._plan.process, self._plan.signal)

    def _wait(self) -> None:
        due = min((holding.next_at() for holding in self._holdings), default=NEVER)
        time.sleep(max(_SHORTEST_SLEEP_SECONDS, min(due - time.monotonic(), _LONGEST_SLEEP_SECONDS)))

    def _wanted(self) -> list[Fetched | None]:
        return [held.offered or held.fetched for held in self._held]

    def _publish_news(self) -> bool:
        """Publish what is new and can be rendered. Gives whether a file has changed."""
        self._has_news = self._has_news or any(held.offered for held in self._held)
        if not self._has_news:
            return False
        try:
            has_changed = self._publish(self._render_what_can_be())
        except Failure as failure:  # the volume is full, for example: the next round tries again
            if self._state.error is None:
                log.write("error", "not published; the files stay as they are", **log.cause_of(failure))
            self._state.error = failure
            return False
        self._state.error = None
        self._has_news = False
        return has_changed

    def _render_what_can_be(self) -> dict[str, list[File]]:
        """Accept all that is offered, or else one by one, so that a key that one lacks does not hold up the others."""
        offering = [held for held in self._held if held.offered]
        try:
            directories = self._render(self._wanted())
        except Exception:  # noqa: BLE001 - who of them it is, is found out
            for held in offering:
                try:
                    render_all(self._plan, [each.offered if each is held else each.fetched for each in self._held])
                except Exception as error:  # noqa: BLE001 - whatever it is, it is this secret's
                    held.reject(log.as_failure(error))
                else:
                    held.accept()
            return self._render(self._wanted())
        for held in offering:
            held.accept()
        return directories

    def _render(self, fetched: Sequence[Fetched | None]) -> dict[str, list[File]]:
        """Render what is to be published. What is to be said of it is said once, not at each change."""
        rendered = render_all(self._plan, fetched)
        for note in rendered.notes:
            if note not in self._noted:
                self._noted.add(note)
                log.write(**dict(note.items()))
        add_launchers(self._plan, rendered.directories)
        return rendered.directories

    def _publish(self, directories: Mapping[str, Sequence[File]]) -> bool:
        changed = {place: files for place, files in directories.items() if not is_published(place, files)}
        publish(changed)
        if changed:
            files = sum(map(len, changed.values()))
            log.write("info", "published", files=files, directories=len(changed))
            self._state.published_now()
        return bool(changed)

    def _write_state(self) -> None:
        try:
            self._state.write(self._holdings)
            self._is_state_told = True
        except Failure as failure:
            if self._is_state_told:
                log.write("error", "the status is not up to date", **log.cause_of(failure))
            self._is_state_told = False
