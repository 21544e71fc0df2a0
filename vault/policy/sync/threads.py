"""Several calls at a time, so that Ctrl-C ends the command at once: what is under way is left behind.

The pools of Python's own library are waited for when a program ends, however long their calls hang.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from threading import Event, Lock, Thread
from typing import TypeVar

_Item = TypeVar("_Item")


def in_threads(items: Iterable[_Item], most: int, work: Callable[[_Item], object], *, waits: bool = False) -> None:
    """Do `work` with each item, `most` at a time. After the first error none is begun, and it is raised at the end.

    KeyboardInterrupt comes through at once, or with `waits` when the work under way has ended.
    """
    waiting: Iterator[_Item] = iter(items)
    mutex = Lock()
    end = Event()

    def taken() -> Iterator[_Item]:
        """Return one item after another, to several threads."""
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
