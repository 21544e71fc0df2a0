"""What becomes of a lease: it is renewed, cannot be renewed, or ends with the token that it was made with."""

from __future__ import annotations

from vault.agent.sidecar.machine import messages, phases
from vault.agent.sidecar.machine.messages import Event
from vault.agent.sidecar.machine.ttl import NEVER, Ttl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.sidecar.machine.messages import Action, Renewed
    from vault.agent.sidecar.machine.state import ReadState

_SHORTEST_TTL_SECONDS = 0.001  # for 0 is without an end


def renewed(read: ReadState, action: Action, renewal: Renewed, jitter: float) -> tuple[ReadState, tuple[Event, ...]]:
    """Return a read after the call that renews its lease. Not renewed: it is read again at once, for a new lease."""
    if not renewal.seconds or read.ttl is None:
        event = Event(kind=messages.LEASE_NOT_RENEWED, of="read", number=action.read)
        return read.moved(phases.NOT_RENEWED), (event,)
    ttl = read.ttl.renewed(action.at, renewal.seconds, jitter)
    trouble = None if read.staged is None else read.trouble
    return read.moved(phases.RENEWED).replace(ttl=ttl, asked=action.at, trouble=trouble), ()


def token_replaced(read: ReadState, expires: float) -> ReadState:
    """Return a read after another login: what is leased ends when the token before expires, at the latest."""
    if not read.is_bound:
        return read
    ttl, began = read.ttl, read.asked if read.ttl is None else read.ttl.began
    if expires < (NEVER if ttl is None else ttl.ends):
        seconds = max(expires - began, _SHORTEST_TTL_SECONDS)
        ttl = Ttl(began=began, seconds=seconds, full=seconds, jitter=read.jitter)
    return read.moved(phases.LOGIN_REPLACED).replace(lease=None, ttl=ttl, asked=-NEVER)
