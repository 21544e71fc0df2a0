"""The sidecar's machine without a Vault: scripted outcomes, a clock that only the test moves, and what was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vault.agent.api.responses import Lease
from vault.agent.fetch import Fetched
from vault.agent.secret import Secret
from vault.agent.sidecar.machine import messages
from vault.agent.sidecar.machine.advance import advance
from vault.agent.sidecar.machine.messages import (
    Action,
    Answered,
    Done,
    Event,
    Failed,
    LoggedIn,
    Polled,
    Published,
    Renewed,
)
from vault.agent.sidecar.machine.schedule import next_action
from vault.agent.sidecar.machine.state import ReadState, SessionState, State
from vault.contract import plan
from vault.contract.errors import LoginRefused, PathAbsent, PathRefused, VaultSealed, VaultUnreachable

if TYPE_CHECKING:
    from vault.agent.sidecar.machine.messages import Outcome

# ways to fail
AWAY = Failed(failure=VaultUnreachable("no connection"))
SEALED = Failed(failure=VaultSealed("sealed", status=503))
ERROR = Failed(failure=VaultUnreachable("an engine fails", status=500))
LATER = Failed(failure=VaultUnreachable("a rate limit", status=429), suggested=40)
REFUSED = Failed(failure=PathRefused("no policy", status=403))
DELETED = Failed(failure=PathAbsent("deleted", status=404))
DEAD = Failed(failure=PathRefused("the token has ended", status=403), token_refused=True)
NO_LOGIN = Failed(failure=LoginRefused("no such role", status=403))


def session(name: str = "main") -> plan.Session:
    """Give a session of a Plan."""
    return plan.Session(vault=name, address=f"https://{name}", role="shop", token_file="/token")


def kv(value: str = "one", version: int = 1) -> Answered:
    """Give the answer for a KV version 2 secret."""
    stamp = (version, "2026", "", False)
    return Answered(secret=Fetched(values=Secret({"a": value}), stamp=stamp, is_stored=True), wall_clock=1e9)


def polled(version: int = 1, status: int = 200) -> Polled:
    """Give what the metadata says."""
    return Polled(status=status, stamp=(version, "2026", "", False) if status == 200 else (), place="secret/metadata/a")


def leased(value: str = "one", seconds: int = 900, *, renewable: bool = True) -> Answered:
    """Give the answer of an engine that makes credentials."""
    lease = Lease(id=Secret(f"l/{value}"), seconds=seconds, renewable=renewable)
    return Answered(secret=Fetched(values=Secret({"user": value}), lease=lease), wall_clock=1e9)


def service(seconds: float = 3600) -> LoggedIn:
    """Give a login with a service token."""
    return LoggedIn(kind="service", seconds=seconds, renewable=True)


def batch(seconds: float = 3600) -> LoggedIn:
    """Give a login with a batch token."""
    return LoggedIn(kind="batch", seconds=seconds)


GOOD: dict[str, Outcome] = {
    messages.LOG_IN: service(),
    messages.RENEW_TOKEN: Renewed(seconds=3600),
    messages.REVOKE_OLD: Done(),
    messages.READ: kv(),
    messages.RENEW_LEASE: Renewed(seconds=900),
    messages.POLL: polled(),
    messages.PUBLISH: Published(files=1, directories=1),
    messages.NOTIFY: Done(),
    messages.WAIT: Done(),
}


FORGOTTEN = "forgotten"  # of a read that no template uses any more: no event of the machine's


@dataclass(slots=True)
class World:
    """A state, a clock, and all that was done and said. `answer` gives the outcome of an action."""

    state: State
    answer: Callable[[Action], Outcome] = lambda action: GOOD[action.kind]
    now: float = 1000.0
    jitter: float = 0.5
    done: list[Action] = field(default_factory=list)
    asked: list[plan.Call | None] = field(default_factory=list)  # for each action, what its read asks Vault
    said: list[tuple[float, Event]] = field(default_factory=list)
    call_seconds: float = 0.01
    used: frozenset[plan.Call] | None = None  # the calls that templates have used; None: each that they found

    def step(self) -> Action:
        """Do the next action, and let its time pass."""
        action = next_action(self.state, self.now)
        before = self.state.reads
        self.done.append(action)
        self.asked.append(before[action.read].spec.call if action.read >= 0 else None)
        outcome = self.answer(action)
        if isinstance(outcome, Published):
            every = frozenset(read.spec.call for read in self.state.reads if read.only_by_template)
            outcome = outcome.replace(used=every if self.used is None else self.used)
        self.now = action.until if action.kind == messages.WAIT else self.now + self.call_seconds
        self.state, events = advance(self.state, action, outcome, self.now, self.jitter)
        self.said += [(self.now, event) for event in events]
        for number, (old, new) in enumerate(zip(before, self.state.reads, strict=False)):
            if old.needed and not new.needed:
                self.said.append((self.now, Event(kind=FORGOTTEN, of="read", number=number)))
        return action

    def run(self, seconds: float, **outcomes: Outcome) -> list[str]:
        """Let some time pass, with outcomes other than the good ones by kind (`log_in=…`); gives what was done."""
        answers = {**GOOD, **{getattr(messages, name.upper()): outcome for name, outcome in outcomes.items()}}
        self.answer = lambda action: answers[action.kind]
        ends, before = self.now + seconds, len(self.done)
        while True:
            action = next_action(self.state, self.now)
            if action.kind == messages.WAIT and action.until > ends:
                self.now = ends  # the wait is cut short
                self.state, _ = advance(self.state, action, Done(), ends, self.jitter)
                break
            if action.kind == messages.RESTART:
                self.done.append(action)
                self.asked.append(None)
                break
            self.step()
        return [action.kind for action in self.done[before:] if action.kind != messages.WAIT]

    def events(self) -> list[str]:
        """Give the kinds of what was said since it was last asked for."""
        kinds = [event.kind for _, event in self.said]
        self.said.clear()
        return kinds


def world(*reads: plan.Read | str, sessions: int = 1, optional: bool = False, **fields: Any) -> World:
    """Give one at its start."""
    specs = [plan.Read(path=read) if isinstance(read, str) else read for read in reads or ("secret/data/a",)]
    names = ("main", "other", "third")[:sessions]
    return World(
        State(
            refresh_seconds=60,
            sessions=tuple(SessionState(spec=session(name)) for name in names),
            reads=tuple(ReadState(spec=spec, optional=optional) for spec in specs),
            **fields,
        )
    )
