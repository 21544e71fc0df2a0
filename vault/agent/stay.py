"""A container that has fetched the Pod's files and stays beside the application, where nothing is left to do.

So the kubelet starts the application at once (docs/decisions/025), not at its next look at an init container. What
stays is a program of a few kilobytes, without a token and without a secret in its memory.

A container that starts again fetches again: with a new sandbox of the Pod the application starts anew, too, and what
was leased may have expired. Where that fails, the files stay as they are.
"""

from __future__ import annotations

import os

from vault.agent import log
from vault.agent.hook import HookWatch
from vault.agent.launcher import program_path
from vault.agent.signals import signal
from vault.agent.state_directory import is_ready, say_ready
from vault.contract.errors import PlanInvalid
from vault.contract.names import STAY_PROGRAM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from vault.contract.plan import Plan

_ENDS = (signal.SIGTERM, signal.SIGINT)  # a Pod may have either as its stopSignal


def deliver_and_stay(plan: Plan, deliver: Callable[[float], None]) -> NoReturn:
    """Deliver within so many seconds, and become the program that stays. Raises Failure for the Pod's first files."""
    if is_ready(plan.state_directory):
        _deliver_again(plan, deliver)
    elif plan.first_seconds:
        with HookWatch(plan.state_directory):
            _deliver_first(plan, deliver, plan.first_seconds)
    else:
        _deliver_first(plan, deliver, plan.deadline_seconds)
    _become(program_path(STAY_PROGRAM))


def _deliver_first(plan: Plan, deliver: Callable[[float], None], seconds: float) -> None:
    deliver(seconds)
    say_ready(plan.state_directory)


def _deliver_again(plan: Plan, deliver: Callable[[float], None]) -> None:
    try:
        deliver(plan.deadline_seconds)
    except Exception as error:  # noqa: BLE001 - whatever it is: the application has its files
        log.write("warning", "the files stay as they are", **log.cause_of(log.as_failure(error)))


def _become(program: str) -> NoReturn:
    # blocked over execve, so that a signal between the two programs is kept for the second (sigprocmask(2))
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    try:
        os.execve(program, [program], {})  # noqa: S606 - our own program, and there is no shell
    except OSError as error:
        raise PlanInvalid(
            f"{program} cannot be started: {error.strerror}",
            hint="the webhook and the agent image are of different releases",
        ) from None
