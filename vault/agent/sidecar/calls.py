"""The calls that a sidecar makes: each action that asks a Vault for something is done here, and its outcome given.

Each login has a session of its own (api/session.py), known by the number of the state's session and that of the login.
One that is being made is noted before its call, so that a signal in the middle revokes its token, too.
"""

from __future__ import annotations

import time

from vault.agent import log
from vault.agent.api.credential import Credential
from vault.agent.api.kv import poll_metadata
from vault.agent.api.renew import renew_lease, renew_token
from vault.agent.api.session import Session
from vault.agent.deadline import OneTry
from vault.agent.fetch import fetch
from vault.agent.sidecar.machine import messages
from vault.agent.sidecar.machine.messages import Answered, Done, Failed, LoggedIn, Polled, Renewed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.api.credential import Kept
    from vault.agent.deadline import Deadline
    from vault.agent.secret import Secret
    from vault.agent.sidecar.machine.messages import Action, Outcome
    from vault.agent.sidecar.machine.state import SessionState, State

TRY_SECONDS = 20.0
_MOST_TOKENS = 8  # that are revoked at the end


class Calls:
    """The sessions of all logins that are not over."""

    __slots__ = ("_kept", "_logins", "_tokens")

    def __init__(self) -> None:
        """Connect to nothing yet."""
        self._logins: dict[tuple[int, int], Session] = {}
        self._kept: Kept = {}
        self._tokens: list[tuple[int, Secret[str]]] = []  # given to the application, with the session's number

    def attempt(self, state: State, action: Action) -> Outcome:
        """Do it, by one try. What nobody expected is an outcome, too: a mistake in one thing must not end the others.

        What the retry table would wait for is waited for by the machine, with everything else that is due.
        """
        one_try = OneTry(TRY_SECONDS)
        try:
            return self.call(state, action, one_try)
        except Exception as error:  # noqa: BLE001 - see above
            session = self._logins.get((action.session, action.login))
            is_dead = session is not None and session.is_dead
            return Failed(failure=log.as_failure(error), suggested=one_try.asked, token_refused=is_dead)

    def call(self, state: State, action: Action, deadline: Deadline) -> Outcome:
        """Do it, and try until the deadline. Raises Failure."""
        if action.kind == messages.LOG_IN:
            return self._log_in(state.sessions[action.session], action, deadline)
        session = self._logins[action.session, action.login]
        session.within(deadline)
        session.is_dead = False  # it says so of the calls from now on
        if action.kind == messages.REVOKE_OLD:
            session.end(has_leases=False)
            del self._logins[action.session, action.login]
            return Done()
        if action.kind == messages.RENEW_TOKEN:
            return Renewed(seconds=renew_token(session) or 0, token_refused=session.is_dead)
        read = state.reads[action.read]
        if action.kind == messages.RENEW_LEASE and read.lease is not None:
            return Renewed(seconds=renew_lease(session, read.lease) or 0, token_refused=session.is_dead)
        if action.kind == messages.POLL:
            status, stamp, place = poll_metadata(session, read.path, read.place)
            return Polled(status=status, stamp=stamp, place=place, token_refused=session.is_dead)
        secret = fetch(session, state.sessions[action.session].spec, read.spec, path_may_be_short=read.only_by_template)
        if secret.lease is not None and secret.lease.is_token:
            # the one before may be in use; what is older has ended, or is about to
            self._tokens = [*self._tokens[1 - _MOST_TOKENS :], (action.session, secret.lease.id)]
        return Answered(secret=secret, wall_clock=time.time())

    def disconnect(self) -> None:
        """Close the connections. One that is idle until the next round would be closed by the other side."""
        for session in self._logins.values():
            session.disconnect()

    def end(self, state: State) -> None:
        """Revoke the application's tokens, and that of each session, unless something is leased by it."""
        for number, each in enumerate(state.sessions):
            session = self._logins.get((number, each.login))
            if session is not None:
                session.within(OneTry(TRY_SECONDS))
                self._revoke_given(number, session)
                session.end(has_leases=any(read.is_bound for read in state.reads_of(number)))

    def revoke(self, deadline: Deadline) -> None:
        """Revoke the tokens of all logins, and so what is leased by them. Whatever was being done is dropped."""
        for (number, _), session in self._logins.items():
            session.disconnect()
            session.within(deadline)
            self._revoke_given(number, session)
            session.end(has_leases=False)

    def _revoke_given(self, number: int, session: Session) -> None:
        """Revoke the tokens that were given to the application by one of the sessions."""
        for each in [each for each in self._tokens if each[0] == number]:
            session.revoke(each[1])
            self._tokens.remove(each)

    def _log_in(self, known: SessionState, action: Action, deadline: Deadline) -> Outcome:
        key = action.session, action.login
        session = self._logins[key] = Session(known.spec, deadline, log.write, Credential(known.spec, kept=self._kept))
        try:
            session.login()
        except Exception:
            session.disconnect()
            del self._logins[key]
            raise
        kept = {login.number for login in known.old if login.expires > time.monotonic()} | {known.login, action.login}
        for number, login in [each for each in self._logins if each[0] == action.session]:
            if login not in kept:
                self._logins.pop((number, login)).disconnect()
        auth = session.auth
        return LoggedIn(kind=auth.kind, seconds=auth.seconds, renewable=auth.renewable)
