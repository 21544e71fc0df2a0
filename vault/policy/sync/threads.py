"""Run calls in parallel. Ctrl-C ends the command at once and abandons running calls.

Python's own thread pools are joined at exit, even if their calls hang.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from threading import Event, Lock, Thread
from typing import TypeVar

_Item = TypeVar("_Item")


def in_threads(items: Iterable[_Item], most: int, work: Callable[[_Item], object], *, waits: bool = False) -> None:
    """Call `work` for each item, `most` in parallel. After the first error no call starts, and the error is raised.

    KeyboardInterrupt is raised at once, or with `waits` once running calls have ended.
    """
    waiting: Iterator[_Item] = iter(items)
    mutex = Lock()
    end = Event()

    def taken() -> Iterator[_Item]:
        """Yield items to several threads, each once."""
        while True:
            with mutex:
                if end.is_set():
                    return
                try:
                    item = next(waiting)
                except StopIteration:
                    return
            yield item

    def run(future: Future[None]) -> None:
        try:
            for item in taken():
                work(item)
        except BaseException as error:  # noqa: BLE001 - it is raised where the threads were begun
            end.set()
            future.set_exception(error)
        else:
            future.set_result(None)

    futures: list[Future[None]] = [Future() for _ in range(most)]
    for each in futures:
        Thread(target=run, args=(each,), daemon=True).start()
    try:
        wait(futures)
    except KeyboardInterrupt:
        end.set()
        if waits:
            wait(futures)
        raise
    for each in futures:
        each.result()
