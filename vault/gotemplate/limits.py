"""What a template may take, and the count of what it has taken.

Everything is counted before it is done or allocated, so that an error comes in the place of the harm.
"""

from __future__ import annotations

from vault.gotemplate.errors import LimitExceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vault.gotemplate.values import GoValue

# at the clock: some 200 microseconds, and some milliseconds
STEPS_BETWEEN_LOOKS = 256
BYTES_BETWEEN_LOOKS = 4096


class Limits:
    """The bounds of one parse or execution. They are far above what a file of secrets needs.

    `text_bytes` is the template's own size, and `nesting` how deep its blocks and parentheses may be together (a
    Python frame or more is taken by each). `steps` are nodes evaluated, arguments, elements that a range visits, and
    one for each KiB that is compared. `depth` is that of templates that call templates: Go's is 100,000.
    `output_bytes` is the size of the result, `made_bytes` of all that functions make on the way, together.
    """

    __slots__ = ("depth", "made_bytes", "nesting", "output_bytes", "steps", "text_bytes")

    def __init__(
        self,
        *,
        text_bytes: int = 128 * 1024,
        nesting: int = 50,
        steps: int = 1_000_000,
        depth: int = 1_000,
        output_bytes: int = 1024 * 1024,
        made_bytes: int = 8 * 1024 * 1024,
    ) -> None:
        """Take the bounds."""
        self.text_bytes = text_bytes
        self.nesting = nesting
        self.steps = steps
        self.depth = depth
        self.output_bytes = output_bytes
        self.made_bytes = made_bytes


class Budget:
    """What one execution has left. Its methods raise LimitExceeded in place of what would be too much.

    `kept` is what functions have of the execution: `scratch` its values, `execute`, which executes a definition,
    `chance`, the clock and random bytes, and `patterns`, regular expressions that are compiled.
    """

    __slots__ = (
        "_expired",
        "_limits",
        "_made",
        "_next_made",
        "_next_output",
        "_next_steps",
        "_output",
        "_steps",
        "kept",
    )

    def __init__(self, limits: Limits, expired: Callable[[], bool]) -> None:
        """`expired` says whether the time is over; it is asked every few steps and bytes."""
        self.kept: dict[str, GoValue] = {}
        self._limits = limits
        self._expired = expired
        self._steps = self._made = self._output = 0
        self._next_steps = min(STEPS_BETWEEN_LOOKS, limits.steps + 1)
        self._next_made = min(BYTES_BETWEEN_LOOKS, limits.made_bytes + 1)
        self._next_output = min(BYTES_BETWEEN_LOOKS, limits.output_bytes + 1)

    def step(self, count: int = 1) -> None:
        """Count steps before they are taken."""
        self._steps += count
        if self._steps >= self._next_steps:
            self._look(self._steps, self._limits.steps, "more than {} steps")
            self._next_steps = min(self._steps + STEPS_BETWEEN_LOOKS, self._limits.steps + 1)

    def make(self, size: int) -> None:
        """Count the bytes of a value before it is made."""
        self._made += size
        if self._made >= self._next_made:
            self._look(self._made, self._limits.made_bytes, "values of more than {} bytes on the way to the output")
            self._next_made = min(self._made + BYTES_BETWEEN_LOOKS, self._limits.made_bytes + 1)

    def output(self, size: int) -> None:
        """Count bytes of the output before they are written."""
        self._output += size
        if self._output >= self._next_output:
            self._look(self._output, self._limits.output_bytes, "an output of more than {} bytes")
            self._next_output = min(self._output + BYTES_BETWEEN_LOOKS, self._limits.output_bytes + 1)

    def _look(self, used: int, limit: int, message: str) -> None:
        """Compare with a limit, and look at the clock."""
        if used > limit:
            raise LimitExceeded(message.format(limit))
        if self._expired():
            raise LimitExceeded("the time for templates is over")

    def enter(self, depth: int) -> None:
        """Refuse a template that is called from too many others."""
        if depth > self._limits.depth:
            raise LimitExceeded(f"templates that call each other {self._limits.depth} deep")
