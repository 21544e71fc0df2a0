"""What a sidecar does next: the first thing that is due, or a wait until something is.

A round gives each session a turn. In a turn the token comes first, then the reads that are due, those first that have
not failed, and of them the one that was called longest ago. A turn ends after a second, so that a slow Vault does not
let the leases of another expire; what is left of it stays due. Then the files are published, if something differs, the
application is notified, and a WAIT ends the round.

Two calls for the same thing begin a second apart at least.
"""

from __future__ import annotations

from vault.agent.sidecar.machine import messages, phases
from vault.agent.sidecar.machine.messages import Action
from vault.agent.sidecar.machine.ttl import LEAST_SECONDS, NEVER, poll_delay

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.sidecar.machine.state import ReadState, SessionState, State

TURN_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 3600.0
_FRESH = 0.1  # the part of a batch token's TTL in which it is as good as a new one


def next_action(state: State, now: float) -> Action:
    """Return what to do now."""
    later = NEVER
    for number, session in enumerate(state.sessions):
        action = next_of_session(state, number, now)
        is_over = session.turn_began is not None and now > session.turn_began + TURN_SECONDS
        if action.until <= now and not is_over:
            return action.replace(at=now)
        later = min(later, action.until)
    kind, until = _next_of_files(state)
    if until <= now:
        return Action(kind=kind, at=now, until=now)
    longest = LONGEST_WAIT_SECONDS
    if state.has_sources:  # after each WAIT they are looked at
        longest = min(longest, max(state.refresh_seconds, LEAST_SECONDS))
    return Action(kind=messages.WAIT, at=now, until=max(now, min(later, until, now + longest)))


def next_of_session(state: State, number: int, now: float) -> Action:
    """Return what is to be done next for a session, now or later; `until` is when."""
    session = state.sessions[number]
    token_kind, token_at = _next_of_token(session, now)
    held_until = -NEVER if session.outage is None else session.outage.retry_at
    best = (max(token_at, held_until), -1, -NEVER, token_kind, -1)
    is_for_token = best[0] <= now or not session.has_token(now)
    is_needed = False
    for index, read in enumerate(state.reads):
        if read.spec.session != number or not read.needed:
            continue
        is_needed = True
        if is_for_token:
            break
        kind, at = next_of_read(read, state.refresh_seconds, now)
        # of all that is due, what has not failed comes first; of what is not due, the soonest
        best = min(best, (max(at, held_until, now), read.failures, read.called, kind, index))
    if not is_needed:
        return Action(kind=messages.WAIT, at=now, until=NEVER)
    at, _, _, kind, index = best
    if kind == messages.READ and at <= now and _needs_new_token(session, state.reads[index], now):
        kind, index, at = messages.LOG_IN, -1, max(at, session.login_called + LEAST_SECONDS)
    login = {messages.LOG_IN: session.login + 1, messages.REVOKE_OLD: session.old[-1].number if session.old else 0}
    return Action(kind=kind, at=now, session=number, read=index, login=login.get(kind, session.login), until=at)


def _next_of_token(session: SessionState, now: float) -> tuple[str, float]:
    """Return what is to be done next for the token, and when."""
    if session.phase == phases.REVOKING:
        return messages.REVOKE_OLD, -NEVER
    retry_at = -NEVER if session.login_trouble is None else session.login_trouble.retry_at
    if session.phase in (phases.LOGGED_OUT, phases.EXPIRING) or session.ttl is None:
        return messages.LOG_IN, max(session.login_called + LEAST_SECONDS, retry_at)
    kind = messages.RENEW_TOKEN if session.ttl.can_renew(now) else messages.LOG_IN
    return kind, max(session.ttl.due_at, session.called + LEAST_SECONDS, retry_at)


def _needs_new_token(session: SessionState, read: ReadState, now: float) -> bool:
    """Whether a new login is due before a read: a lease expires with its batch token, and not much is left of that.

    Where new logins fail, the token that there is gives a lease that is short, but better than none.
    """
    if not read.is_bound or session.leases_end == NEVER or session.ttl is None:
        return False
    if session.login_trouble is not None and now < session.login_trouble.retry_at:
        return False
    return now >= session.ttl.began + max(session.ttl.seconds * _FRESH, LEAST_SECONDS)


def next_of_read(read: ReadState, refresh_seconds: float, now: float) -> tuple[str, float]:
    """Return what is to be done next for a read, and when."""
    if read.phase in (phases.NEW, phases.STALE):
        return messages.READ, read.read_called + LEAST_SECONDS
    kind, at = _next_if_current(read, refresh_seconds, now)
    if read.phase in (phases.REFUSED, phases.ABSENT):
        kind, at = messages.READ, read.asked + poll_delay(refresh_seconds, read.jitter)
    if read.trouble is not None and read.phase in (phases.REFUSED, phases.RETRYING):
        at = read.trouble.retry_at
    return kind, max(at, read.called + LEAST_SECONDS)


def _next_if_current(read: ReadState, refresh_seconds: float, now: float) -> tuple[str, float]:
    interval_ends = read.asked + poll_delay(refresh_seconds, read.jitter)
    if read.latest is None:
        return messages.READ, interval_ends
    if read.ttl is not None:
        can_renew = read.lease is not None and read.ttl.can_renew(now)
        return messages.RENEW_LEASE if can_renew else messages.READ, read.ttl.due_at
    if read.fixed:
        return messages.READ, NEVER
    return messages.POLL if read.can_poll else messages.READ, min(interval_ends, read.rotates_at)


def _next_of_files(state: State) -> tuple[str, float]:
    """Return what is to be done with the files, and when."""
    if state.files == phases.AWAITED:
        is_read = all(read.phase != phases.NEW for read in state.reads if read.needed)
        return messages.PUBLISH, -NEVER if is_read else NEVER
    if state.files == phases.STAGED:
        return messages.PUBLISH, -NEVER if state.files_trouble is None else state.files_trouble.retry_at
    kinds = {phases.NOTIFYING: messages.NOTIFY, phases.RESTARTING: messages.RESTART}
    return kinds.get(state.files, ""), -NEVER if state.files in kinds else NEVER
