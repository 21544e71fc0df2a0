"""All that a sidecar knows, as one frozen value: its sessions, its reads, its files, and what is wrong with each.

Sessions and reads are numbered as they come, and may be added while it runs: `add_session` and `add_read` change
nothing else, and what is new is due at once. A session is logged in once something is read by it.

A secret that was published stays until another that can be rendered takes its place. One that was deleted, a path that
is refused, a missing key are the trouble of their read, and the application keeps the files that it has. That goes for
optional ones, too: a deletion may be a mistake, and an undelete brings the secret back.
"""

from __future__ import annotations

from vault.agent.sidecar.machine import phases
from vault.agent.sidecar.machine.ttl import NEVER, Ttl
from vault.contract.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

    from vault.agent.api.responses import Lease
    from vault.agent.fetch import Fetched
    from vault.agent.render.render import Note
    from vault.contract import plan
    from vault.contract.errors import Failure


class Trouble(Value):
    """Why something fails now, how often in a row it has, and when it is tried again."""

    failure: Failure
    failures: int
    retry_at: float


class OldLogin(Value):
    """An earlier login, by its number, and when its token expires: where it holds leases, it is left to."""

    number: int
    expires: float


class SessionState(Value):
    """One Vault and the token for it.

    `login` is the number of the current login, 0 before the first; `kind` (service or batch) and `ttl` are its token's.
    `called` is when the last call for the token was made, `login_called` when the last login was. `old` are the earlier
    logins whose tokens have not expired; in the phase REVOKING the last of them is to be revoked.
    `outage`: Vault as a whole does not answer, so that nothing of this session is done before its `retry_at`.
    `login_trouble`: Vault answers, and gives no new token; what the present token can do goes on.
    `refusals` counts logins in a row that were made since Vault refused the token; before `relogin_at` another refusal
    makes no login, but is the trouble of the read. `turn_began` is when the session's turn in this round began, None:
    it has had none; `turn_answered`: Vault has answered a read in it.
    """

    spec: plan.Session
    phase: str = phases.LOGGED_OUT
    login: int = 0
    kind: str = ""
    ttl: Ttl | None = None
    called: float = -NEVER
    login_called: float = -NEVER
    old: tuple[OldLogin, ...] = ()
    outage: Trouble | None = None
    login_trouble: Trouble | None = None
    refusals: int = 0
    relogin_at: float = -NEVER
    turn_began: float | None = None
    turn_answered: bool = False

    def moved(self, outcome: str) -> SessionState:
        """Return the session in the phase that follows."""
        return self.replace(phase=phases.SESSION[self.phase][outcome])

    def has_token(self, now: float) -> bool:
        """Whether there is a token that Vault should accept."""
        return self.phase != phases.LOGGED_OUT and self.ttl is not None and now < self.ttl.ends

    @property
    def leases_end(self) -> float:
        """By when a lease of this token ends, whatever Vault says of it: with a batch token."""
        return self.ttl.ends if self.kind == "batch" and self.ttl is not None else NEVER

    @property
    def error(self) -> Failure | None:
        """What is wrong with it."""
        trouble = self.outage or self.login_trouble
        return None if trouble is None else trouble.failure


class ReadState(Value):
    """One path. `published` is the secret in the files, `staged` the one that is to take its place.

    `by_template`: a template uses it. `only_by_template`: it is not among the Plan's reads, so its path may be short;
    it is dropped (`needed` is false) while no template uses it.
    `optional`: it is no error that there is nothing at the path. `asked` is when the last call for it that Vault has
    answered began, and `jitter` belongs to it. `called` is when the last call began, `read_called` when the last READ.
    `ttl` is that of its lease or the one that the secret states, None for neither; `lease` is by the present token.
    `fixed`: it does not change (a pinned version, the answer to a call with data). `can_poll`: its metadata tells of
    every change; `may_poll` is false once the metadata was refused, `place` is where it was found. `rotates_at` is when
    Vault has said that the secret will change.
    """

    spec: plan.Read
    optional: bool = False
    by_template: bool = False
    only_by_template: bool = False
    needed: bool = True
    phase: str = phases.NEW
    published: Fetched | None = None
    staged: Fetched | None = None
    lease: Lease | None = None
    ttl: Ttl | None = None
    asked: float = -NEVER
    jitter: float = 0
    called: float = -NEVER
    read_called: float = -NEVER
    fixed: bool = False
    can_poll: bool = False
    may_poll: bool = True
    place: str = ""
    rotates_at: float = NEVER
    trouble: Trouble | None = None

    @property
    def latest(self) -> Fetched | None:
        """The secret as it was read last."""
        return self.staged or self.published

    @property
    def path(self) -> str:
        """The API path, as far as it is known."""
        return self.spec.path if self.latest is None else self.latest.path or self.spec.path

    @property
    def creates(self) -> bool:
        """Whether reading it may leave something behind in Vault."""
        return bool(self.spec.data) or (self.latest is not None and not self.latest.is_stored)

    @property
    def is_bound(self) -> bool:
        """Whether it ends with the session's token."""
        return self.lease is not None and not self.lease.is_token

    @property
    def failures(self) -> int:
        """How often in a row it has failed."""
        return 0 if self.trouble is None else self.trouble.failures

    def moved(self, outcome: str) -> ReadState:
        """Return the read in the phase that follows."""
        return self.replace(phase=phases.READ[self.phase][outcome])

    def left(self, now: float) -> float:
        """Return the seconds until it ends."""
        return NEVER if self.ttl is None else self.ttl.left(now)


class State(Value):
    """A sidecar. `on_change` is the Plan's: "", signal or restart. `files` is the phase of the files.

    `warnings`: what is doubtful in the files as they were published last, and no failure. `has_sources`: they were made
    of files of the Pod, too, which may change.
    """

    refresh_seconds: float
    on_change: str = ""
    sessions: tuple[SessionState, ...] = ()
    reads: tuple[ReadState, ...] = ()
    files: str = phases.AWAITED
    files_trouble: Trouble | None = None
    warnings: tuple[Note, ...] = ()
    has_sources: bool = False

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return not (
            self.files_trouble
            or any(session.error and self.reads_of(number) for number, session in enumerate(self.sessions))
            or any(read.trouble for read in self.reads)
        )

    def reads_of(self, session: int) -> list[ReadState]:
        """Return the reads of a session that are needed. One without any is not kept logged in."""
        return [read for read in self.reads if read.spec.session == session and read.needed]

    def with_session(self, number: int, session: SessionState) -> State:
        """Return the state with another state of that session."""
        return self.replace(sessions=(*self.sessions[:number], session, *self.sessions[number + 1 :]))

    def with_read(self, number: int, read: ReadState) -> State:
        """Return the state with another state of that read."""
        return self.replace(reads=(*self.reads[:number], read, *self.reads[number + 1 :]))


def add_session(state: State, spec: plan.Session) -> State:
    """Return the state with one more session, whose number is the next; one that is there already is not added."""
    if any(session.spec == spec for session in state.sessions):
        return state
    return state.replace(sessions=(*state.sessions, SessionState(spec=spec)))


def add_read(state: State, spec: plan.Read, *, optional: bool = False) -> State:
    """Return the state with one more read, which a template has asked for.

    Its number is that of one that is not needed any more, else the next: paths that come and go do not fill the state.
    One that is the same call is not added; it stays optional only if it is so for both, and is needed again.
    """
    for number, read in enumerate(state.reads):
        if read.spec.call == spec.call:
            stays_optional = optional and (read.optional or not read.needed)
            return state.with_read(number, read.replace(optional=stays_optional, by_template=True, needed=True))
    added = ReadState(spec=spec, optional=optional, by_template=True, only_by_template=True)
    for number, read in enumerate(state.reads):
        if not read.needed:
            return state.with_read(number, added)
    return state.replace(reads=(*state.reads, added))


def note_used(state: State, used: Container[plan.Call]) -> State:
    """Return the state after the calls that templates have used: what only they have asked for, once, is forgotten.

    One that is asked for again is read anew.
    """
    for number, read in enumerate(state.reads):
        if read.spec.call in used and not read.by_template:
            state = state.with_read(number, read.replace(by_template=True))
        if read.only_by_template and read.needed and read.spec.call not in used:
            forgotten = ReadState(spec=read.spec, by_template=True, only_by_template=True, needed=False)
            state = state.with_read(number, forgotten.replace(called=read.called, read_called=read.read_called))
    return state
