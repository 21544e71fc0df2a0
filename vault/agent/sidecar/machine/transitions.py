"""What an outcome changes: `advance` gives the next state, and the events that people should know of.

(1) A session is kept logged in: its token is renewed, or there is a new login with the ServiceAccount token of then.
    What is leased expires with the old token, so it is read again; the old token is left to expire, so that both work
    until the new files are there, and after. Without leases it is revoked.
(2) A failure holds up as little as it can: one read, where Vault answers; the new login, where only that is refused;
    the whole session, where Vault does not answer.
(3) A trouble gives an event when it begins, when its reason changes, and when it is over.
"""

from __future__ import annotations

from vault.agent.sidecar.machine import messages, phases
from vault.agent.sidecar.machine import read_transitions as reads
from vault.agent.sidecar.machine.messages import (
    Event,
    Failed,
    LoggedIn,
    Polled,
    Published,
    ReadsWanted,
    Renewed,
    SourcesChanged,
)
from vault.agent.sidecar.machine.schedule import next_action
from vault.agent.sidecar.machine.state import OldLogin, Trouble, add_read, note_used
from vault.agent.sidecar.machine.ttl import NEVER, Ttl, retry_delay
from vault.contract.errors import VaultSealed, VaultUnreachable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.sidecar.machine.messages import Action, Outcome
    from vault.agent.sidecar.machine.state import SessionState, State
    from vault.contract.errors import Failure

__all__ = ["advance", "next_action"]


def advance(
    state: State, action: Action, outcome: Outcome, now: float, jitter: float
) -> tuple[State, tuple[Event, ...]]:
    """Return the state after an action, and the events. `now` is when it has ended, `jitter` is random, from 0 to 1."""
    after, events = _after(state, action, outcome, now, jitter)
    return after, (*events, *_troubles(state, after))


def _after(
    state: State, action: Action, outcome: Outcome, now: float, jitter: float
) -> tuple[State, tuple[Event, ...]]:
    if action.kind == messages.WAIT:
        sessions = (each.replace(turn_began=None, turn_answered=False) for each in state.sessions)
        state = state.replace(sessions=tuple(sessions))
        if isinstance(outcome, SourcesChanged) and state.files == phases.PUBLISHED:
            state = state.replace(files=phases.FILES[state.files][phases.SOURCE_CHANGED])
        return state, ()
    if action.kind == messages.PUBLISH:
        return _after_publishing(state, outcome, now, jitter)
    if action.kind == messages.NOTIFY:
        return _with_staged(state.replace(files=phases.FILES[state.files][phases.NOTIFIED])), ()
    state = _called(state, action)
    session = state.sessions[action.session]
    if action.kind == messages.REVOKE_OLD:
        revoked = _moved(session, phases.OLD_REVOKED).replace(old=session.old[:-1])
        return state.with_session(action.session, revoked), ()
    if isinstance(outcome, Failed) and _is_outage(outcome.failure):
        return _with_outage(state, action, outcome, now, jitter), ()
    if action.read < 0:
        return _after_call_for_token(state, action, outcome, now, jitter)
    return _after_call_for_read(state, action, outcome, now, jitter)


def _moved(session: SessionState, outcome: str) -> SessionState:
    return session.replace(phase=phases.SESSION[session.phase][outcome])


def _called(state: State, action: Action) -> State:
    """Note when the call was made."""
    session = state.sessions[action.session]
    if session.turn_began is None:
        session = session.replace(turn_began=action.at)
    if action.kind in (messages.LOG_IN, messages.RENEW_TOKEN):
        session = session.replace(called=action.at)
    if action.kind == messages.LOG_IN:
        session = session.replace(login_called=action.at)
    state = state.with_session(action.session, session)
    if action.read < 0:
        return state
    read = state.reads[action.read].replace(called=action.at)
    return state.with_read(action.read, read.replace(read_called=action.at) if action.kind == messages.READ else read)


def _is_outage(failure: Failure) -> bool:
    """Whether no other call to this Vault would fare better."""
    return isinstance(failure, VaultSealed) or (isinstance(failure, VaultUnreachable) and not failure.status)


def _with_outage(state: State, action: Action, failed: Failed, now: float, jitter: float) -> State:
    session = state.sessions[action.session]
    trouble = _session_trouble(state, action, session.outage, failed, (now, jitter))
    return state.with_session(action.session, session.replace(outage=trouble))


def _session_trouble(
    state: State, action: Action, before: Trouble | None, failed: Failed, ended: tuple[float, float]
) -> Trouble:
    now, jitter = ended
    session, own = state.sessions[action.session], state.reads_of(action.session)
    left = min((read.left(now) for read in own), default=NEVER)
    if session.ttl is not None and any(read.is_bound for read in own):
        left = min(left, session.ttl.left(now))  # without a lease, all that expires with the token is the token
    failures = 1 if before is None else before.failures + 1
    delay = retry_delay(failures, state.refresh_seconds, jitter, failed.suggested, left)
    return Trouble(failure=failed.failure, failures=failures, retry_at=now + delay)


def _after_call_for_token(
    state: State, action: Action, outcome: Outcome, now: float, jitter: float
) -> tuple[State, tuple[Event, ...]]:
    session = state.sessions[action.session].replace(outage=None)
    if isinstance(outcome, LoggedIn):
        return _logged_in(state, action, outcome, now, jitter)
    if isinstance(outcome, Renewed) and outcome.seconds and session.ttl is not None:
        ttl = session.ttl.renewed(action.at, outcome.seconds, jitter)
        session = _moved(session, phases.RENEWED).replace(ttl=ttl, login_trouble=None)
    elif isinstance(outcome, Renewed):
        session = _moved(session, phases.TOKEN_REFUSED if outcome.token_refused else phases.NOT_RENEWED)
    else:
        assert isinstance(outcome, Failed)
        trouble = _session_trouble(state, action, session.login_trouble, outcome, (now, jitter))
        session = _moved(session, phases.LOGIN_FAILED).replace(login_trouble=trouble)
    return state.with_session(action.session, session), ()


def _logged_in(
    state: State, action: Action, login: LoggedIn, now: float, jitter: float
) -> tuple[State, tuple[Event, ...]]:
    session = state.sessions[action.session]
    was_refused = session.phase == phases.LOGGED_OUT
    refusals = session.refusals + 1 if was_refused and session.login else 0
    old, outcome = tuple(each for each in session.old if each.expires > now), phases.LOGIN
    if not was_refused and session.kind == "service" and session.ttl is not None and session.ttl.ends > now:
        old = (*old, OldLogin(number=session.login, expires=session.ttl.ends))
        is_unused = not any(read.is_bound for read in state.reads_of(action.session))
        outcome = phases.LOGIN_OVER_UNUSED if is_unused else phases.LOGIN
    new = _moved(session, outcome).replace(
        login=action.login,
        kind=login.kind,
        ttl=Ttl(began=action.at, seconds=login.seconds, full=login.seconds, jitter=jitter, renewable=login.renewable),
        old=old,
        outage=None,
        login_trouble=None,
        refusals=refusals,
        relogin_at=now + retry_delay(refusals, state.refresh_seconds, jitter) if refusals else -NEVER,
    )
    state = state.with_session(action.session, new)
    expires = action.at if was_refused or session.ttl is None else session.ttl.ends
    own = (reads.token_replaced(each, expires) if each.spec.session == action.session else each for each in state.reads)
    event = Event(kind=messages.LOGGED_IN_AGAIN, of="session", number=action.session)
    return state.replace(reads=tuple(own)), (event,) if session.login else ()


def _after_call_for_read(
    state: State, action: Action, outcome: Outcome, now: float, jitter: float
) -> tuple[State, tuple[Event, ...]]:
    session = state.sessions[action.session].replace(outage=None)
    if isinstance(outcome, Failed | Polled | Renewed) and outcome.token_refused and now >= session.relogin_at:
        return state.with_session(action.session, _moved(session, phases.TOKEN_REFUSED)), ()
    before = state.reads[action.read]
    read, events = reads.after_call(state, action, outcome, now, jitter)
    is_unavailable = isinstance(outcome, Failed) and isinstance(outcome.failure, VaultUnreachable)
    if isinstance(outcome, Failed) and is_unavailable and not before.failures and not session.turn_answered:
        # it may be Vault as a whole that has the trouble
        state = _with_outage(state, action, outcome, now, jitter)
        return state.with_read(action.read, read), events
    if read.phase in (phases.CURRENT, phases.ABSENT):
        session = session.replace(turn_answered=True, refusals=0)
    return _with_staged(state.with_session(action.session, session).with_read(action.read, read)), events


def _with_staged(state: State) -> State:
    """Return the state with files that are to be published, where a read has something staged for them."""
    if state.files != phases.PUBLISHED or all(read.staged is None for read in state.reads):
        return state
    return state.replace(files=phases.FILES[state.files][phases.STAGE])


def _after_publishing(state: State, outcome: Outcome, now: float, jitter: float) -> tuple[State, tuple[Event, ...]]:
    if isinstance(outcome, Failed):
        failures = 1 if state.files_trouble is None else state.files_trouble.failures + 1
        retry_at = now + retry_delay(failures, state.refresh_seconds, jitter)
        trouble = Trouble(failure=outcome.failure, failures=failures, retry_at=retry_at)
        return state.replace(files=phases.FILES[state.files][phases.NOT_PUBLISHED], files_trouble=trouble), ()
    if isinstance(outcome, ReadsWanted):
        for wanted, optional in outcome.reads:
            state = add_read(state, wanted, optional=optional)
        return state, ()
    assert isinstance(outcome, Published)
    rejected, own = dict(outcome.rejected), []
    for number, read in enumerate(state.reads):
        if number in rejected:
            own += [reads.refused(read.replace(staged=None), rejected[number], now, jitter, state.refresh_seconds)]
        else:
            own += [reads.committed(read)]
    change = phases.PUBLISH
    if outcome.files and state.on_change == "signal" and not outcome.is_first:
        change = phases.PUBLISH_SIGNAL
    if outcome.files and state.on_change == "restart" and state.files != phases.AWAITED:
        change = phases.PUBLISH_RESTART
    event = Event(kind=messages.FILES_PUBLISHED, of="files", published=(outcome.files, outcome.directories))
    files = phases.FILES[state.files][change]
    state = state.replace(
        reads=tuple(own),
        files=files,
        files_trouble=None,
        warnings=outcome.warnings,
        has_sources=outcome.has_sources,
    )
    return note_used(state, outcome.used), (event,) if outcome.files else ()


def _troubles(before: State, after: State) -> list[Event]:
    """Return the events of what has begun to fail, fails for another reason, or is well again."""
    events = []
    for number, session in enumerate(after.sessions):
        was, is_now = before.sessions[number].error, session.error
        if was is not None and is_now is None:
            events += [Event(kind=messages.ANSWERS_AGAIN, of="session", number=number)]
        if is_now is not None and (was is None or was.reason != is_now.reason):
            events += [Event(kind=messages.UNAVAILABLE, of="session", number=number, failure=is_now)]
    for number, read in enumerate(after.reads[: len(before.reads)]):
        if not read.needed:
            continue
        wrong, known = read.trouble, before.reads[number].trouble
        if wrong is None and known is not None:
            events += [Event(kind=messages.READ_RECOVERED, of="read", number=number)]
        if wrong is not None and (known is None or known.failure.message != wrong.failure.message):
            events += [Event(kind=messages.READ_FAILED, of="read", number=number, failure=wrong.failure)]
    if after.files_trouble is not None and before.files_trouble is None:
        events += [Event(kind=messages.FILES_FAILED, of="files", failure=after.files_trouble.failure)]
    return events
