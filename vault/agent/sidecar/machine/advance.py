"""What an outcome changes: `advance` gives the next state, and the events that people should know of.

(1) Each kind of outcome has a file: session_transitions.py (the login and its token), read_transitions.py,
    lease_transitions.py, file_transitions.py.
(2) A failure holds up as little as it can: one read, where Vault answers; the new login, where only that is refused;
    the whole session, where Vault does not answer.
(3) A trouble gives an event when it begins, when its reason changes, and when it is over.
"""

from __future__ import annotations

from vault.agent.sidecar.machine import file_transitions as files
from vault.agent.sidecar.machine import messages, phases
from vault.agent.sidecar.machine import read_transitions as reads
from vault.agent.sidecar.machine import session_transitions as sessions
from vault.agent.sidecar.machine.messages import Event, Failed, Polled, Renewed, SourcesChanged
from vault.contract.errors import VaultUnreachable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.sidecar.machine.messages import Action, Outcome
    from vault.agent.sidecar.machine.state import State


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
        new_round = (each.replace(turn_began=None, turn_answered=False) for each in state.sessions)
        state = state.replace(sessions=tuple(new_round))
        if isinstance(outcome, SourcesChanged) and state.files == phases.PUBLISHED:
            state = state.replace(files=phases.FILES[state.files][phases.SOURCE_CHANGED])
        return state, ()
    if action.kind == messages.PUBLISH:
        return files.after_publishing(state, outcome, now, jitter)
    if action.kind == messages.NOTIFY:
        return files.with_staged(state.replace(files=phases.FILES[state.files][phases.NOTIFIED])), ()
    state = _called(state, action)
    session = state.sessions[action.session]
    if action.kind == messages.REVOKE_OLD:
        revoked = session.moved(phases.OLD_REVOKED).replace(old=session.old[:-1])
        return state.with_session(action.session, revoked), ()
    if isinstance(outcome, Failed) and sessions.is_outage(outcome.failure):
        return sessions.with_outage(state, action, outcome, now, jitter), ()
    if action.read < 0:
        return sessions.after_call(state, action, outcome, now, jitter)
    return _after_call_for_read(state, action, outcome, now, jitter)


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


def _after_call_for_read(
    state: State, action: Action, outcome: Outcome, now: float, jitter: float
) -> tuple[State, tuple[Event, ...]]:
    session = state.sessions[action.session].replace(outage=None)
    if isinstance(outcome, Failed | Polled | Renewed) and outcome.token_refused and now >= session.relogin_at:
        return state.with_session(action.session, session.moved(phases.TOKEN_REFUSED)), ()
    before = state.reads[action.read]
    read, events = reads.after_call(state, action, outcome, now, jitter)
    is_unavailable = isinstance(outcome, Failed) and isinstance(outcome.failure, VaultUnreachable)
    if isinstance(outcome, Failed) and is_unavailable and not before.failures and not session.turn_answered:
        # it may be Vault as a whole that has the trouble
        state = sessions.with_outage(state, action, outcome, now, jitter)
        return state.with_read(action.read, read), events
    if read.phase in (phases.CURRENT, phases.ABSENT):
        session = session.replace(turn_answered=True, refusals=0)
    return files.with_staged(state.with_session(action.session, session).with_read(action.read, read)), events


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
