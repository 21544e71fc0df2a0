"""Parse a template once, execute it with data as often as wanted."""

from __future__ import annotations

from vault.gotemplate.builtins import BUILTINS
from vault.gotemplate.errors import ExecutionError, Fault, LimitExceeded
from vault.gotemplate.evaluator import Evaluator
from vault.gotemplate.function import Functions
from vault.gotemplate.limits import Budget, Limits
from vault.gotemplate.nodes import Text
from vault.gotemplate.nodetext import shown
from vault.gotemplate.parser import parse_trees
from vault.gotemplate.values import INVALID
from vault.gotemplate.walker import Walker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from vault.gotemplate.chance import Chance
    from vault.gotemplate.function import Source
    from vault.gotemplate.nodes import Node, Statement
    from vault.gotemplate.values import GoValue

DEFAULT_LIMITS = Limits()
_SHOWN_CHARACTERS = 120  # of the piece of a template that is to blame


def parse(
    text: bytes,
    *,
    name: str = "",
    delimiters: tuple[bytes, bytes] = (b"{{", b"}}"),
    functions: Source | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Template:
    """Parse a template, which may call the builtin functions and `functions`. Raises ParseError or LimitExceeded."""
    known = Functions(functions or {}, BUILTINS)
    try:
        trees = parse_trees(text, name, delimiters, known, limits)
    except RecursionError:
        raise LimitExceeded("blocks and parentheses that are too deep in each other", name=name) from None
    return Template(text, name, trees, known)


class Template:
    """A template that is parsed."""

    __slots__ = ("_functions", "_name", "_text", "_trees")

    def __init__(
        self,
        text: bytes,
        name: str,
        trees: Mapping[bytes, tuple[Statement, ...]],
        functions: Functions,
    ) -> None:
        """`parse` makes it."""
        self._text = text
        self._name = name
        self._trees = trees
        self._functions = functions

    def execute(
        self,
        data: GoValue,
        *,
        missing_key: str = "default",
        expired: Callable[[], bool] = lambda: False,
        limits: Limits = DEFAULT_LIMITS,
        chance: Chance | None = None,
    ) -> bytes:
        """Return the output. `missing_key` is "default", "zero" or "error", as of text/template's option.

        `expired` says whether the time is over; `chance` has the clock and the random bytes of functions that need
        them, which without it refuse. Raises ExecutionError or LimitExceeded.
        """
        budget = Budget(limits, expired)

        def execute_definition(name: bytes, dot: GoValue) -> bytes:
            """Return the output of one of the trees, which is a value here. Raises Fault."""
            if name not in self._trees:
                raise Fault("no template is defined by that name")
            evaluator = Evaluator(self._functions, missing_key, budget, Text(0, b""))
            walker = Walker(self._trees, name, evaluator, budget, budget.make)
            walker.run(dot)
            return bytes(walker.output)

        budget.kept["execute"] = execute_definition
        budget.kept["chance"] = chance
        evaluator = Evaluator(self._functions, missing_key, budget, Text(0, b""))
        walker = Walker(self._trees, self._name.encode(), evaluator, budget, budget.output)
        try:
            walker.run(INVALID if data is None else data)
        except Fault as fault:
            raise ExecutionError(str(fault), **self._place(walker.name, evaluator.at)) from None
        except LimitExceeded as error:
            raise LimitExceeded(error.reason, **self._place(walker.name, evaluator.at)) from None
        except RecursionError:
            reason = "parentheses or data that are too deep in each other"
            raise LimitExceeded(reason, **self._place(walker.name, evaluator.at)) from None
        finally:
            budget.kept.clear()  # what is kept leads back to the budget, and the program in the Pod collects no cycles
        return bytes(walker.output)

    def _place(self, executing: bytes, node: Node) -> dict[str, Any]:
        """Return where an error is, as its constructor takes it."""
        before = self._text[: node.position]
        return {
            "name": self._name,
            "line": 1 + before.count(b"\n"),
            "column": len(before) - (before.rfind(b"\n") + 1),
            "executing": executing.decode(errors="replace"),
            "context": shown(node)[:_SHOWN_CHARACTERS],
        }
