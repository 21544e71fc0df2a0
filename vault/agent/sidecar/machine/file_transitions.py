"""What the outcome of publishing changes: in the files, and in the reads whose secrets are in them."""

from __future__ import annotations

from vault.agent.sidecar.machine import messages, phases
from vault.agent.sidecar.machine import read_transitions as reads
from vault.agent.sidecar.machine.messages import Event, Failed, Published, ReadsWanted
from vault.agent.sidecar.machine.state import Trouble, add_read, note_used
from vault.agent.sidecar.machine.ttl import retry_delay

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.sidecar.machine.messages import Outcome
    from vault.agent.sidecar.machine.state import State


def after_publishing(state: State, outcome: Outcome, now: float, jitter: float) -> tuple[State, tuple[Event, ...]]:
    """Return the state after the files were written, or could not be, and what is to be said of that."""
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


def with_staged(state: State) -> State:
    """Return the state with files that are to be published, where a read has something staged for them."""
    if state.files != phases.PUBLISHED or all(read.staged is None for read in state.reads):
        return state
    return state.replace(files=phases.FILES[state.files][phases.STAGE])
