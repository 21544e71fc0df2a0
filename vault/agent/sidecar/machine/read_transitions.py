"""What the outcome of a call changes in one read: an answer, metadata, a refusal. Its lease: lease_transitions.py.

A failure holds up this read alone, where Vault answers; where it does not, see session_transitions.py.
"""

from __future__ import annotations

from vault.agent.api.kv_metadata import REFUSED
from vault.agent.sidecar.machine import lease_transitions as leases
from vault.agent.sidecar.machine import messages, phases
from vault.agent.sidecar.machine.messages import Answered, Event, Failed, Polled, Renewed
from vault.agent.sidecar.machine.secrets import differs, with_facts
from vault.agent.sidecar.machine.state import Trouble
from vault.agent.sidecar.machine.ttl import creating_delay, poll_delay, retry_delay, urgent_delay
from vault.contract.errors import PathAbsent, VaultUnreachable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.sidecar.machine.messages import Action, Outcome
    from vault.agent.sidecar.machine.state import ReadState, State
    from vault.contract.errors import Failure


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
        return _staged(known.moved(phases.ANSWERED), outcome), ()
    if isinstance(outcome, Renewed):
        return leases.renewed(read, action, outcome, jitter)
    if isinstance(outcome, Polled):
        return _polled(read, action, outcome, jitter)
    assert isinstance(outcome, Failed)
    if isinstance(outcome.failure, VaultUnreachable):
        return _unavailable(read, outcome, now, jitter, state.refresh_seconds), ()
    if isinstance(outcome.failure, PathAbsent) and read.optional and read.latest is None:
        absent = read.moved(phases.NOTHING).replace(
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
    return read.moved(phases.NO).replace(asked=now, jitter=jitter, trouble=trouble)


def committed(read: ReadState) -> ReadState:
    """Return a read whose staged secret was published."""
    if read.staged is None:
        return read
    return read.replace(published=read.staged, staged=None, trouble=None)


def _staged(read: ReadState, answered: Answered) -> ReadState:
    if read.published is None or differs(answered.secret, read.published, for_template=read.by_template):
        return read.replace(staged=answered.secret)  # its trouble is over once that is published
    return read.replace(published=answered.secret, staged=None, trouble=None)


def _polled(read: ReadState, action: Action, polled: Polled, jitter: float) -> tuple[ReadState, tuple[Event, ...]]:
    found = read.replace(place=polled.place if polled.stamp else "")
    if read.latest is not None and polled.stamp == read.latest.stamp:
        trouble = None if read.staged is None else read.trouble
        return found.moved(phases.UNCHANGED).replace(asked=action.at, jitter=jitter, trouble=trouble), ()
    changed = found.moved(phases.CHANGED)
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
    return read.moved(phases.UNAVAILABLE).replace(trouble=trouble)
