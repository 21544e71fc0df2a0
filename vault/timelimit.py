"""Limit the total time of a call that may hang, for example in name resolution or on a slow connection.

The call runs in a separate thread, which is abandoned at the limit, because name resolution cannot be stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import TypeVar

CALL_SECONDS = 10.0
NOTICE_SECONDS = 3.0

_Result = TypeVar("_Result")


class TimeLimitReached(Exception):
    """The call did not end in time."""


def within(
    seconds: float,
    call: Callable[[], _Result],
    notice: Callable[[], None] = lambda: None,
    notice_seconds: float = NOTICE_SECONDS,
) -> _Result:
    """Return the result of a call, or raise its error. Raises TimeLimitReached after `seconds`.

    `notice` is called once if the call takes more than `notice_seconds`.
    """
    future: Future[_Result] = Future()

    def work() -> None:
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001 - it is raised where the call was made
            future.set_exception(error)
        else:
            future.set_result(result)

    Thread(target=work, daemon=True).start()
    first = min(notice_seconds, seconds)
    wait([future], first)
    if not future.done() and first < seconds:
        notice()
        wait([future], seconds - first)
    if not future.done():
        raise TimeLimitReached
    return future.result()
