"""One login to one Vault, and all that a sidecar holds by it: kept alive, looked after, got anew.

(1) keep the token: renew it, or log in anew with the ServiceAccount token of now. What is leased hangs on the old
token, so it is read anew, too, and the old one is left to run out: both work until the new files are there, and after;
(2) do what is due for each read, those first that have not failed, and not for long: others wait;
(3) what fails is put off: that read alone where Vault answers, everything where it does not. What nobody expected is
no exception: it is that read's error, or all of this Vault's.

Each call is one try. What the retry table would wait for is waited for here, with everything else.
"""

from __future__ import annotations

import time

from vault.agent import log
from vault.agent.api.kv import poll_metadata
from vault.agent.api.renew import REFUSED, renew_lease, renew_token
from vault.agent.api.session import Session
from vault.agent.deadline import OneTry, chance
from vault.agent.fetch import fetch, fetch_one
from vault.agent.sidecar import schedule
from vault.agent.sidecar.schedule import Life
from vault.agent.sidecar.tracked import Held
from vault.contract.errors import Failure, LoginRefused, PathAbsent, PlanInvalid, VaultSealed, VaultUnreachable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.deadline import Deadline
    from vault.agent.fetch import Fetched
    from vault.contract.plan import Plan

TRY_SECONDS = 20.0
ROUND_SECONDS = 1.0  # after which another Vault has its turn: a slow one must not let the leases of others end
_FRESH = 0.1


class Holding:
    """A session of the Plan, and its reads. `error` is why all of it is put off now, if it is."""

    __slots__ = (
        *("_called", "_failures", "_later", "_plan", "_retired", "_try", "error", "held", "plan", "session", "token"),
    )

    def __init__(self, plan: Plan, index: int) -> None:
        """Hold nothing yet. Raises PlanInvalid for an address or a CA that cannot be used."""
        self._plan = plan
        self.plan = plan.sessions[index]
        self.held = [Held(plan, number) for number, read in enumerate(plan.reads) if read.session == index]
        self.token = Life(began=0, seconds=0, full=0, chance=0)
        self.error: Failure | None = None
        self._try = OneTry(TRY_SECONDS)
        self.session = Session(self.plan, self._try, log.write)
        self._retired: list[tuple[Session, float]] = []
        self._failures = 0
        self._later = 0.0
        self._called = -schedule.NEVER  # for the token

    def begin(self, deadline: Deadline) -> None:
        """Log in and read everything, as the program does that runs once. Raises Failure."""
        self.session.within(deadline)
        self._log_in(self.session)
        for held in self.held:
            began = held.called = time.monotonic()
            held.take(fetch_one(self.session, self._plan, held.number), began, self._leases_end())
        self.session.disconnect()

    def next_at(self) -> float:
        """When there is something to do."""
        now = time.monotonic()
        steps = [self._step_of_token(now), *(held.step(now) for held in self.held)]
        return max(self._later, min(step.at for step in steps))

    def do_what_is_due(self) -> None:
        """Do it. What has changed is then offered by what is held."""
        if self.next_at() > time.monotonic():
            return
        try:
            self._keep_token()  # (1)
            try:
                self._keep_reads()  # (2)
            except Failure:
                if not self.session.is_dead or time.monotonic() < self._called + schedule.LEAST_SECONDS:
                    raise
                self._log_in_anew()
                self._keep_reads(is_again=True)
        except Exception as error:  # noqa: BLE001 - see (3)
            self._put_off(log.as_failure(error))
        else:
            if self.error is not None:
                log.write("info", "Vault answers again", vault=self.plan.vault)
            self.error = None
            self._failures = 0
        self.session.disconnect()

    def end(self) -> None:
        """Revoke the token, unless something is leased by it."""
        self._trying(self.session).end(has_leases=any(held.lease is not None for held in self.held))

    def revoke(self, deadline: Deadline) -> None:
        """Revoke the tokens of all logins, and so what is leased by them. Whatever was being done is dropped."""
        for session in (self.session, *(retired for retired, _ in self._retired)):
            session.disconnect()
            session.within(deadline)
            session.end(has_leases=False)

    def _trying(self, session: Session) -> Session:
        """Give a session for one try."""
        self._try = OneTry(TRY_SECONDS)
        session.within(self._try)
        return session

    def _step_of_token(self, now: float) -> schedule.Step:
        return schedule.floored(schedule.step_of_life(self.token, now), self._called)

    def _keep_token(self) -> None:
        began = time.monotonic()
        step = self._step_of_token(began)
        if step.at > began:
            return
        self._called = began
        seconds = renew_token(self._trying(self.session)) if step.action == schedule.RENEW else None
        if seconds:
            self.token = self.token.renewed(began, seconds, chance())
        else:
            self._log_in_anew()

    def _log_in_anew(self) -> None:
        old, old_ends = self.session, self.token.ends
        self._log_in(self._trying(Session(self.plan, self._try, log.write)))
        log.write("info", "logged in anew", vault=self.plan.vault, role=self.plan.role)
        leased = [held for held in self.held if held.lease is not None]
        for held in leased:
            held.expire()
        now = time.monotonic()
        self._retired = [(session, ends) for session, ends in self._retired if ends > now]
        old.disconnect()
        if old_ends > now and not old.is_dead:
            if leased:
                self._retired.append((old, old_ends))
            else:
                # as long as that takes, an end of ours revokes it, too
                self._retired.append((old, old_ends))
                self._trying(old).end(has_leases=False)
                self._retired.pop()

    def _log_in(self, session: Session) -> None:
        began = self._called = time.monotonic()
        session.login()
        self.session = session
        seconds, renewable = session.auth.seconds, session.auth.renewable
        self.token = Life(began=began, seconds=seconds, full=seconds, chance=chance(), renewable=renewable)

    def _leases_end(self) -> float:
        return self.token.ends if self.session.auth.kind == "batch" else schedule.NEVER

    def _keep_reads(self, *, is_again: bool = False) -> None:
        has_succeeded = False
        now = time.monotonic()
        due = [held for held in self.held if held.step(now).at <= now]
        for held in sorted(due, key=lambda held: (held.failures, held.called)):
            if time.monotonic() > now + ROUND_SECONDS:
                return  # the rest stays due
            try:
                self._keep_read(held)
                has_succeeded = True
            except Exception as error:
                failure = log.as_failure(error)
                if (self.session.is_dead and not is_again) or _is_of_the_session(failure):
                    raise
                if not isinstance(failure, VaultUnreachable):
                    held.fail(failure)
                    continue
                is_first = held.failures == 0 and not has_succeeded
                wait = self._wait_after(held.failures + 1, held.left())
                if held.creates and failure.status:
                    wait = max(wait, schedule.wait_after_creating(held.failures + 1, held.left()))
                held.fail(failure, wait)
                if is_first:  # it may be Vault as a whole that has the trouble
                    raise

    def _keep_read(self, held: Held) -> None:
        began = time.monotonic()
        action = held.step(began).action
        held.called = began
        if action == schedule.RENEW and held.lease is not None:
            seconds = renew_lease(self._trying(self.session), held.lease)
            if seconds:
                held.renewed(began, seconds)
                return
            log.write("info", "a lease is not renewed, so there is a new one", path=held.read.path)
        if action == schedule.LOOK and held.fetched is not None:
            code, stamp, place = poll_metadata(self._trying(self.session), held.read.path, held.looked_at)
            held.looked_at = place if stamp else ""
            if stamp == held.fetched.stamp:
                held.seen(began)
                return
            if code == REFUSED and not self.session.is_dead:
                self._stop_looking(held)
        self._read_anew(held)

    def _read_anew(self, held: Held) -> None:
        is_fresh = time.monotonic() < self.token.began + max(self.token.seconds * _FRESH, schedule.LEAST_SECONDS)
        if held.lease is not None and self._leases_end() < schedule.NEVER and not is_fresh:
            self._log_in_anew()  # a lease lives no longer than its batch token, and of this one not much is left
        # a renewal or a look may have come before, in the same step: the second is counted from the call itself
        began = held.called = time.monotonic()
        fetched: Fetched | None = None
        try:
            fetched = fetch(self._trying(self.session), self.plan, held.read)
        except PathAbsent:
            if held.fetched is not None:
                raise
        held.take(fetched, began, self._leases_end())

    def _stop_looking(self, held: Held) -> None:
        held.may_look = False
        log.write(
            "warning",
            "the secret is read whole at each interval, since its metadata is refused",
            hint=f"give a policy of the role {self.plan.role} the capability read on the path with metadata/ for data/",
            vault=self.plan.vault,
            path=held.read.path,
        )

    def _put_off(self, failure: Failure) -> None:
        self._failures += 1
        left = min(held.left() for held in self.held)
        if any(held.lease is not None for held in self.held):  # else all that ends with the token is the token
            left = min(left, self.token.left(time.monotonic()))
        self._later = time.monotonic() + self._wait_after(self._failures, left)
        if self.error is None or self.error.reason != failure.reason:
            log.write("error", "put off; the files stay as they are", **log.cause_of(failure))
        self.error = failure

    def _wait_after(self, failures: int, left: float) -> float:
        return schedule.wait_after(failures, self._plan.refresh_seconds, chance(), self._try.asked, left)


def _is_of_the_session(failure: Failure) -> bool:
    """Whether no other read would fare better."""
    if isinstance(failure, VaultUnreachable):
        return not failure.status
    return isinstance(failure, VaultSealed | LoginRefused | PlanInvalid)
