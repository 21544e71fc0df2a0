"""What the outcome of a call changes in one read, or in its lease; see transitions.py for the rest."""

from __future__ import annotations

from vault.agent.api.kv_metadata import REFUSED
from vault.agent.sidecar.machine import messages, phases
from vault.agent.sidecar.machine.messages import Answered, Event, Failed, Polled, Renewed
from vault.agent.sidecar.machine.secrets import differs, with_facts
from vault.agent.sidecar.machine.state import Trouble
from vault.agent.sidecar.machine.ttl import NEVER, Ttl, creating_delay, poll_delay, retry_delay, urgent_delay
from vault.contract.errors import PathAbsent, VaultUnreachable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.sidecar.machine.messages import Action, Outcome
    from vault.agent.sidecar.machine.state import ReadState, State
    from vault.contract.errors import Failure

_SHORTEST_TTL_SECONDS = 0.001  # for 0 is without an end


def moved(read: ReadState, outcome: str) -> ReadState:
    """Return a read in the phase that follows."""
    return read.replace(phase=phases.READ[read.phase][outcome])


def after_call(
    state: State, action: Action, outcome: Outcome, now: float, jitter: float
) -> tuple[ReadState, tuple[Event, ...]]:
    """Return a read as it is after a call for it, and what is to be said of that."""
    read = state.reads[action.read]
    if isinstance(outcome, Answered):
        leases_end = state.sessions[action.session].leases_end
        known = with_facts(
            read,
            outcome,
            action.at,
            jitter=jitter,
            refresh_seconds=state.refresh_seconds,
            leases_end=leases_end,
        )
        return _staged(moved(known, phases.ANSWERED), outcome), ()
    if isinstance(outcome, Renewed):
        return _renewed(read, action, outcome, jitter)
    if isinstance(outcome, Polled):
        return _polled(read, action, outcome, jitter)
    assert isinstance(outcome, Failed)
    if isinstance(outcome.failure, VaultUnreachable):
        return _unavailable(read, outcome, now, jitter, state.refresh_seconds), ()
    if isinstance(outcome.failure, PathAbsent) and read.optional and read.latest is None:
        absent = moved(read, phases.NOTHING).replace(
            asked=action.at,
            jitter=jitter,
            trouble=None,
            lease=None,  # of a secret that could not be used
            ttl=None,
        )
        event = Event(kind=messages.LEFT_OUT, of="read", number=action.read, failure=outcome.failure)
        return absent, (event,) if read.phase == phases.NEW else ()
    return refused(read, outcome.failure, now, jitter, state.refresh_seconds), ()


def refused(read: ReadState, failure: Failure, now: float, jitter: float, refresh_seconds: float) -> ReadState:
    """Return a read whose secret cannot be had, or not used: it is read at the next interval."""
    delay = min(poll_delay(refresh_seconds, jitter), urgent_delay(read.left(now)))
    trouble = Trouble(failure=failure, failures=read.failures + 1, retry_at=now + delay)
    return moved(read, phases.NO).replace(asked=now, jitter=jitter, trouble=trouble)


def token_replaced(read: ReadState, expires: float) -> ReadState:
    """Return a read after another login: what is leased ends when the token before expires, at the latest."""
    if not read.is_bound:
        return read
    ttl, began = read.ttl, read.asked if read.ttl is None else read.ttl.began
    if expires < (NEVER if ttl is None else ttl.ends):
        seconds = max(expires - began, _SHORTEST_TTL_SECONDS)
        ttl = Ttl(began=began, seconds=seconds, full=seconds, jitter=read.jitter)
    return moved(read, phases.LOGIN_REPLACED).replace(lease=None, ttl=ttl, asked=-NEVER)


def committed(read: ReadState) -> ReadState:
    """Return a read whose staged secret was published."""
    if read.staged is None:
        return read
    return read.replace(published=read.staged, staged=None, trouble=None)


def _staged(read: ReadState, answered: Answered) -> ReadState:
    if read.published is None or differs(answered.secret, read.published, for_template=read.by_template):
        return read.replace(staged=answered.secret)  # its trouble is over once that is published
    return read.replace(published=answered.secret, staged=None, trouble=None)


def _renewed(read: ReadState, action: Action, renewed: Renewed, jitter: float) -> tuple[ReadState, tuple[Event, ...]]:
    if not renewed.seconds or read.ttl is None:
        event = Event(kind=messages.LEASE_NOT_RENEWED, of="read", number=action.read)
        return moved(read, phases.NOT_RENEWED), (event,)
    ttl = read.ttl.renewed(action.at, renewed.seconds, jitter)
    trouble = None if read.staged is None else read.trouble
    return moved(read, phases.RENEWED).replace(ttl=ttl, asked=action.at, trouble=trouble), ()


def _polled(read: ReadState, action: Action, polled: Polled, jitter: float) -> tuple[ReadState, tuple[Event, ...]]:
    found = read.replace(place=polled.place if polled.stamp else "")
    if read.latest is not None and polled.stamp == read.latest.stamp:
        trouble = None if read.staged is None else read.trouble
        return moved(found, phases.UNCHANGED).replace(asked=action.at, jitter=jitter, trouble=trouble), ()
    changed = moved(found, phases.CHANGED)
    if polled.status == REFUSED and not polled.token_refused:
        event = Event(kind=messages.METADATA_REFUSED, of="read", number=action.read)
        return changed.replace(may_poll=False, can_poll=False), (event,)
    return changed, ()


def _unavailable(read: ReadState, failed: Failed, now: float, jitter: float, refresh_seconds: float) -> ReadState:
    failures, left = read.failures + 1, read.left(now)
    delay = retry_delay(failures, refresh_seconds, jitter, failed.suggested, left)
    if read.creates:
        delay = max(delay, creating_delay(failures, left))
    trouble = Trouble(failure=failed.failure, failures=failures, retry_at=now + delay)
    return moved(read, phases.UNAVAILABLE).replace(trouble=trouble)
