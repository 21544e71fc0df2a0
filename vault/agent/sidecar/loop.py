"""The loop of a sidecar: it asks the machine for the next action, does it, and gives the outcome back.

(1) until the first files are there, the same as the program that runs once: under one deadline, and a failure ends it
    with its exit code; (2) say that it is ready; (3) from then on one action after the other, each by one try. Nothing
    that Vault does ends it now: the files stay as they are. (4) Between two rounds it writes the status and sleeps.
On SIGTERM or SIGINT: revoke the service tokens, and so all that is leased, and end with 0, within 2 s. They are revoked
as well where the first files cannot be had, and after a mistake of ours.

Facts
- As PID 1 of a container a process gets only those signals that it has a handler for.
- What the first files replace was published before this start. Nothing is restarted for it: what is dynamic is new at
  each start, and so would be the reason for the next. A signal is sent.
"""

from __future__ import annotations

import gc
import time

from vault.agent import log
from vault.agent.deadline import LAST_SECONDS, Deadline, chance
from vault.agent.fetch import is_optional
from vault.agent.hook import HookWatch
from vault.agent.sidecar.calls import Calls
from vault.agent.sidecar.files import Files
from vault.agent.sidecar.log_lines import write_line
from vault.agent.sidecar.machine import messages, phases
from vault.agent.sidecar.machine.advance import advance
from vault.agent.sidecar.machine.messages import Done, Failed, SourcesChanged
from vault.agent.sidecar.machine.schedule import next_action
from vault.agent.sidecar.machine.state import ReadState, SessionState, State
from vault.agent.sidecar.notify import notify
from vault.agent.sidecar.status_file import StatusFile
from vault.agent.signals import signal
from vault.agent.state_directory import is_ready, say_ready
from vault.contract.errors import PathAbsent, PlanInvalid
from vault.contract.names import RESTART_EXIT_CODE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.sidecar.machine.messages import Action, Outcome
    from vault.contract.plan import Plan

_ENDS = (signal.SIGTERM, signal.SIGINT)  # a Pod may have either as its stopSignal
_SHORTEST_SLEEP_SECONDS = 0.01


class Stopped(BaseException):
    """SIGTERM or SIGINT came, whatever was being done: no set is half-published by it, that is one rename."""


def keep(plan: Plan) -> int:
    """Stay until a signal, or a change that all containers restart for. Returns the exit code. Raises Failure."""
    if not plan.state_directory:
        raise PlanInvalid(
            "the Plan names no state_directory, which a sidecar needs",
            hint="the webhook and the agent image are of different releases",
        )
    calls = Calls()
    try:
        for number in _ENDS:
            signal.signal(number, _stop)
        try:
            return Sidecar(plan, calls).live()
        except Exception:  # whatever it is
            calls.revoke(Deadline(LAST_SECONDS))
            raise
    except Stopped:
        calls.revoke(Deadline(LAST_SECONDS))
        log.write("info", "stopped")
        return 0
    finally:
        _ignore_signals()


def _stop(_number: int, _frame: object) -> None:
    _ignore_signals()
    raise Stopped


def _ignore_signals() -> None:
    """Let no second signal end what the first has begun."""
    for number in _ENDS:
        signal.signal(number, signal.SIG_IGN)


def first_state(plan: Plan) -> State:
    """Return the state of a sidecar that has done nothing yet."""
    return State(
        refresh_seconds=plan.refresh_seconds,
        on_change=plan.on_change,
        sessions=tuple(SessionState(spec=session) for session in plan.sessions),
        reads=tuple(ReadState(spec=read, optional=is_optional(plan, number)) for number, read in enumerate(plan.reads)),
    )


class Sidecar:
    """A sidecar that runs: its state, and what does its I/O."""

    __slots__ = ("_calls", "_files", "_plan", "_status", "state")

    def __init__(self, plan: Plan, calls: Calls) -> None:
        """Do nothing yet."""
        self._plan = plan
        self._calls = calls
        self._files = Files(plan)
        self._status = StatusFile(plan.state_directory)
        self.state = first_state(plan)

    def live(self) -> int:
        """Live. Returns the exit code; raises Failure where the first files cannot be had, and Stopped."""
        if self._plan.first_seconds and not is_ready(self._plan.state_directory):
            with HookWatch(self._plan.state_directory):
                self._begin(self._plan.first_seconds)
        else:
            self._begin(self._plan.deadline_seconds)
        gc.freeze()  # what is here now stays, so it need not be looked through each time
        while True:
            action = next_action(self.state, time.monotonic())
            if action.kind == messages.RESTART:
                return self._restart()
            self._step(action, self._do(action))  # (3)

    def _begin(self, seconds: float) -> None:
        """Publish the first files of this start within so many seconds, and say so. Raises Failure."""
        deadline = Deadline(seconds)
        while self.state.files == phases.AWAITED:  # (1)
            action = next_action(self.state, time.monotonic())
            self._advance(action, self._do_first(action, deadline))
        self._status.write(self.state)
        say_ready(self._plan.state_directory)  # (2)

    def _do_first(self, action: Action, deadline: Deadline) -> Outcome:
        """Do an action before the first files are there. Raises Failure."""
        if action.kind == messages.WAIT:
            time.sleep(max(0.0, action.until - time.monotonic()))
            return Done()
        if action.kind == messages.PUBLISH:
            return self._files.publish_first(self.state)
        try:
            return self._calls.call(self.state, action, deadline)
        except PathAbsent as missing:
            if not self.state.reads[action.read].optional:
                raise
            return Failed(failure=missing)

    def _do(self, action: Action) -> Outcome:
        if action.kind == messages.WAIT:
            self._wait(action)
            if self._files.have_sources_changed():
                return SourcesChanged()
        elif action.kind == messages.NOTIFY:
            notify(self._plan.process, self._plan.signal)
        elif action.kind == messages.PUBLISH:
            return self._files.publish_staged(self.state)
        else:
            return self._calls.attempt(self.state, action)
        return Done()

    def _step(self, action: Action, outcome: Outcome) -> None:
        """Return the outcome to the machine. A mistake of ours in one secret is the error of its read."""
        try:
            self._advance(action, outcome)
        except Exception as error:
            if action.read < 0 or isinstance(outcome, Failed):
                raise
            self._advance(action, Failed(failure=log.as_failure(error)))

    def _advance(self, action: Action, outcome: Outcome) -> None:
        self.state, events = advance(self.state, action, outcome, time.monotonic(), chance())
        for event in events:
            write_line(event, self.state)
            if event.kind == messages.FILES_PUBLISHED:
                self._status.published_now()

    def _wait(self, action: Action) -> None:
        self._calls.disconnect()
        self._status.write_or_log(self.state)  # (4)
        gc.collect()  # collection by itself is off; this is the time for it
        time.sleep(max(_SHORTEST_SLEEP_SECONDS, action.until - time.monotonic()))

    def _restart(self) -> int:
        self._status.write_or_log(self.state)
        log.write("info", "all containers are to restart", exit_code=RESTART_EXIT_CODE)
        self._calls.end(self.state)
        return RESTART_EXIT_CODE
