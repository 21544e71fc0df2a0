"""A call that may hang has one end, whatever it waits for: names, connections, bytes that come one by one.

The call goes on in a thread of its own, which is left behind at the end: nothing can stop the resolution of a name.
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
    """The call has not come to an end in its time."""


def within(
    seconds: float,
    call: Callable[[], _Result],
    notice: Callable[[], None] = lambda: None,
    notice_seconds: float = NOTICE_SECONDS,
) -> _Result:
    """Return what a call gives, or raise what it raises. Raises TimeLimitReached after `seconds`.

    `notice` is called once, if the call takes more than `notice_seconds`.
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
