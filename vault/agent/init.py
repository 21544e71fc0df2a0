"""Steps of the agent in mode init, from the Plan to the files; mode sidecar goes on in sidecar/loop.py.

(1) read the Plan, and what completes it, where the Pod's author has an agent configuration; (2) one session a Vault:
log in; (3) read each path once, under one deadline, and then what templates ask for; (4) end the session;
(5) render everything in memory, so that a missing key writes nothing; (6) publish; (7) exit, or stay (stay.py).
"""

from __future__ import annotations

import gc
import os

from vault.agent import log
from vault.agent.api.session import Session
from vault.agent.deadline import LAST_SECONDS, Deadline, OneTry
from vault.agent.fetch import fetch_one, fetch_wanted
from vault.agent.launcher import add_launchers
from vault.agent.publish import publish
from vault.agent.render.render import render_all
from vault.contract.errors import Failure
from vault.contract.wire import from_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from vault.agent.fetch import Fetched
    from vault.agent.render.templates.templates import Templates
    from vault.contract.plan import Call, Plan


def main() -> NoReturn:
    """Run and exit. There is nothing to clean up, so interpreter shutdown, which takes milliseconds, is skipped."""
    gc.disable()
    os._exit(run(os.environ))  # (7)


def run(environment: Mapping[str, str]) -> int:
    """Run all steps. Returns the exit code; see vault/contract/errors.py."""
    try:
        plan = from_environment(environment)  # (1)
        for warning in plan.warnings:
            log.write("warning", warning)
        if plan.configurations:
            from vault.agent.configured_plan import complete  # noqa: PLC0415 - few Pods pay for it

            plan = complete(plan)
        if plan.mode == "sidecar":
            from vault.agent.sidecar.loop import keep  # noqa: PLC0415 - no init container pays for it

            return keep(plan)
        if plan.stays:
            from vault.agent.stay import deliver_and_stay  # noqa: PLC0415 - nor for this

            deliver_and_stay(plan, lambda seconds: deliver(plan, seconds))
        deliver(plan, plan.deadline_seconds)
    except Failure as failure:
        return log.report_failure(failure)
    except Exception as error:  # noqa: BLE001 - the last guard: whatever it is, its text is not shown
        return log.report_unexpected(error)
    return 0


def deliver(plan: Plan, seconds: float) -> None:
    """Fetch and publish everything within so many seconds. Raises Failure."""
    deadline = Deadline(seconds)
    started = deadline.now()
    templates = None
    if plan.templates:
        from vault.agent.template_sources import load_templates  # noqa: PLC0415 - few Pods pay for it

        templates = load_templates(plan, lambda one, other: one is other)
        templates.within(deadline)
    fetched = fetch_all(plan, deadline, templates)
    batch = None if templates is None else templates.make(fetched.known)
    rendered = render_all(plan, fetched.reads, batch)  # (5)
    for note in rendered.notes:
        log.write(**dict(note.items()))
    directories = rendered.directories
    add_launchers(plan, directories)
    publish(directories)  # (6)
    for read, secret in zip(plan.reads, fetched.reads, strict=True):
        if read.login and secret is not None and secret.lease is not None and secret.lease.seconds:
            words = f"the token for the application ends in {secret.lease.seconds} s, and nothing renews it"
            log.write("warning", words, hint="omamori.dev/mode: sidecar keeps it alive, and replaces it")
    files = sum(map(len, directories.values()))
    milliseconds = round((deadline.now() - started) * 1000)
    log.write("info", "published", files=files, directories=len(directories), milliseconds=milliseconds)


class Answers:
    """All that was fetched. None, in both: the path is absent, and all that needs it is optional.

    `reads` are by the numbers of the Plan's reads, `known` by what Vault was asked: those, and what templates ask for.
    """

    __slots__ = ("known", "reads")

    def __init__(self, plan: Plan) -> None:
        """Begin with nothing."""
        self.reads: list[Fetched | None] = [None] * len(plan.reads)
        self.known: dict[Call, Fetched | None] = {}


def fetch_all(plan: Plan, deadline: Deadline, templates: Templates | None = None) -> Answers:
    """Make every call of the Plan once, and of its templates. Raises Failure."""
    fetched = Answers(plan)
    for index, session_plan in enumerate(plan.sessions):
        numbers = [number for number, read in enumerate(plan.reads) if read.session == index and not read.login]
        logins = [number for number, read in enumerate(plan.reads) if read.session == index and read.login]
        has_templates = templates is not None and index in templates.sessions()
        if not (numbers or logins or has_templates):
            continue
        session = Session(session_plan, deadline, log.write)
        try:
            session.login()  # (2)
            for number in numbers:
                fetched.reads[number] = fetch_one(session, plan, number)  # (3)
                fetched.known[plan.reads[number].call] = fetched.reads[number]
            if templates is not None:
                _fetch_wanted(session, plan, index, templates, fetched.known)
            for number in logins:  # last, for nothing revokes their tokens if another read fails
                fetched.reads[number] = fetch_one(session, plan, number)
        except Exception:
            raise
        except BaseException:
            deadline = Deadline(0)  # interrupted: the next kubelet is about to look
            raise
        finally:
            # a hanging Vault has used up the deadline, so the last call has its own time
            session.within(OneTry(max(LAST_SECONDS, deadline.remaining())))
            own = [each for call, each in fetched.known.items() if call[0] == index]
            session.end(has_leases=any(each is not None and each.is_bound for each in own))  # (4)
    return fetched


def _fetch_wanted(
    session: Session, plan: Plan, index: int, templates: Templates, known: dict[Call, Fetched | None]
) -> None:
    """Run the templates until all is known that they ask for by one session. Raises Failure."""
    while wanted := [each for each in templates.make(known).wanted if each.read.session == index]:
        for each in wanted:
            known[each.read.call] = fetch_wanted(session, plan.sessions[index], each)
