"""A deadline whose time passes only by waiting, and a log that is a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from vault.agent.deadline import Deadline


@dataclass
class Clock:
    """Time that moves when somebody waits. `waits` are the seconds of each wait; after each, `then` is called."""

    seconds: float = 1000.0
    waits: list[float] = field(default_factory=list)
    then: Callable[[], None] = lambda: None

    def now(self) -> float:
        """Give the time."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.waits.append(seconds)
        self.seconds += seconds
        self.then()

    def deadline(self, seconds: float = 60.0, random: float = 0.0) -> Deadline:
        """Give a deadline by this clock; waits take the least that they may, with `random` 0."""
        return Deadline(seconds, now=self.now, sleep=self.sleep, random=lambda: random)


@dataclass
class Log:
    """What was logged: level, message and fields."""

    lines: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, level: str, message: str, **fields: Any) -> None:
        """Keep a line."""
        self.lines.append({"level": level, "message": message, **fields})
