"""What the outcome of a call changes in one session: a login, the renewal of its token, a Vault that does not answer.

A session is kept logged in: its token is renewed, or there is a new login with the ServiceAccount token of then. What
is leased expires with the old token, so it is read again; the old token is left to expire, so that both work until the
new files are there, and after. Without leases it is revoked.
"""

from __future__ import annotations

from vault.agent.sidecar.machine import lease_transitions as leases
from vault.agent.sidecar.machine import messages, phases
from vault.agent.sidecar.machine.messages import Event, Failed, LoggedIn, Renewed
from vault.agent.sidecar.machine.state import OldLogin, Trouble
from vault.agent.sidecar.machine.ttl import NEVER, Ttl, retry_delay
from vault.contract.errors import VaultSealed, VaultUnreachable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.sidecar.machine.messages import Action, Outcome
    from vault.agent.sidecar.machine.state import State
    from vault.contract.errors import Failure


def is_outage(failure: Failure) -> bool:
    """Whether no other call to this Vault would fare better."""
    return isinstance(failure, VaultSealed) or (isinstance(failure, VaultUnreachable) and not failure.status)


def with_outage(state: State, action: Action, failed: Failed, now: float, jitter: float) -> State:
    """Return the state in which the session of an action waits, for its Vault as a whole does not answer."""
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


def after_call(
    state: State, action: Action, outcome: Outcome, now: float, jitter: float
) -> tuple[State, tuple[Event, ...]]:
    """Return the state after a login, or after the renewal of a token, and what is to be said of that."""
    session = state.sessions[action.session].replace(outage=None)
    if isinstance(outcome, LoggedIn):
        return _logged_in(state, action, outcome, now, jitter)
    if isinstance(outcome, Renewed) and outcome.seconds and session.ttl is not None:
        ttl = session.ttl.renewed(action.at, outcome.seconds, jitter)
        session = session.moved(phases.RENEWED).replace(ttl=ttl, login_trouble=None)
    elif isinstance(outcome, Renewed):
        session = session.moved(phases.TOKEN_REFUSED if outcome.token_refused else phases.NOT_RENEWED)
    else:
        assert isinstance(outcome, Failed)
        trouble = _session_trouble(state, action, session.login_trouble, outcome, (now, jitter))
        session = session.moved(phases.LOGIN_FAILED).replace(login_trouble=trouble)
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
    new = session.moved(outcome).replace(
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
    own = (
        leases.token_replaced(each, expires) if each.spec.session == action.session else each for each in state.reads
    )
    event = Event(kind=messages.LOGGED_IN_AGAIN, of="session", number=action.session)
    return state.replace(reads=tuple(own)), (event,) if session.login else ()
