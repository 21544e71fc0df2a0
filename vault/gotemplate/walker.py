"""The statements of a template, one after the other, on a stack of our own. As the walk functions of exec.go.

Blocks and calls of templates take no Python frames, so that a template that calls itself ends at a limit.
"""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.nodes import Action, Break, Call, Continue, If, Range, Text, With
from vault.gotemplate.printer import Printer, printable
from vault.gotemplate.quoting import quote
from vault.gotemplate.rarevalues import sorted_keys
from vault.gotemplate.scope import Scope
from vault.gotemplate.values import (
    INT,
    INVALID,
    MAP,
    SLICE,
    UINT,
    Channel,
    Sized,
    elements,
    is_true,
    kind_of,
    type_name_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from vault.gotemplate.evaluator import Evaluator
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.nodes import Statement
    from vault.gotemplate.values import GoValue

_CONDITIONS = (If, With)


class _Frame:
    """A list of statements that is being executed at `dot`; `mark` is where its variables end before it."""

    __slots__ = ("dot", "mark", "statements")

    def __init__(self, statements: Iterable[Statement], dot: GoValue, mark: int) -> None:
        self.statements = iter(statements)
        self.dot = dot
        self.mark = mark


class _Loop(_Frame):
    """A range: `turns` are its indexes and elements, `inner` is where the variables of a turn begin."""

    __slots__ = ("inner", "node", "turns")

    def __init__(self, node: Range, turns: Iterator[tuple[GoValue, GoValue]], mark: int, inner: int) -> None:
        super().__init__((), INVALID, mark)
        self.node = node
        self.turns = turns
        self.inner = inner


class _EmptyLoop(_Frame):
    """The `else` of a range. Go's `break` ends it like a loop, while `continue` is for the loop around it."""

    __slots__ = ()


class _Called(_Frame):
    """A template that another one called: what the caller had."""

    __slots__ = ("name", "scope")

    def __init__(self, statements: Iterable[Statement], dot: GoValue, name: bytes, scope: Scope) -> None:
        super().__init__(statements, dot, 0)
        self.name = name
        self.scope = scope


class Walker:
    """Executes one template. `name` is the one that it is in: the template's own, or that of a definition."""

    __slots__ = ("_budget", "_charge", "_depth", "_evaluator", "_frames", "_printer", "_trees", "name", "output")

    def __init__(
        self,
        trees: Mapping[bytes, tuple[Statement, ...]],
        name: bytes,
        evaluator: Evaluator,
        budget: Budget,
        charge: Callable[[int], None],
    ) -> None:
        """Take the trees, of which `name` is the first to execute, and what counts the output's bytes."""
        self._trees = trees
        self._evaluator = evaluator
        self._budget = budget
        self._frames: list[_Frame] = []
        self._depth = 0
        self.name = name
        self.output = bytearray()
        self._charge = charge
        self._printer = Printer(self.output, charge)

    def run(self, dot: GoValue) -> None:
        """Fill `output`. Raises Fault and LimitExceeded; `name` and the evaluator's `at` say where."""
        self._evaluator.scope = Scope(dot)
        self._frames.append(_Frame(self._trees[self.name], dot, 1))
        while self._frames:
            frame = self._frames[-1]
            for statement in frame.statements:
                self._statement(statement, frame)
                if self._frames[-1] is not frame or isinstance(statement, Continue):
                    break
            else:
                self._end(frame)

    def _end(self, frame: _Frame) -> None:
        """Leave a list of statements, or begin the next turn of a loop."""
        if isinstance(frame, _Loop):
            self._turn(frame)
            return
        self._frames.pop()
        if isinstance(frame, _Called):
            self._depth -= 1
            self.name = frame.name
            self._evaluator.scope = frame.scope
        else:
            self._evaluator.scope.forget(frame.mark)

    def _statement(self, node: Statement, frame: _Frame) -> None:
        self._budget.step()
        evaluator = self._evaluator
        evaluator.at = node
        if isinstance(node, Text):
            self._write(node.text)
        elif isinstance(node, Action):
            value = evaluator.pipeline(frame.dot, node.pipe)
            if not node.pipe.declared:
                evaluator.at = node
                self._print(value)
        elif isinstance(node, _CONDITIONS):
            mark = evaluator.scope.mark()
            value = evaluator.pipeline(frame.dot, node.pipe)
            if is_true(value):
                dot = value if isinstance(node, With) else frame.dot
                self._frames.append(_Frame(node.body, dot, mark))
            else:
                self._frames.append(_Frame(node.otherwise or (), frame.dot, mark))
        elif isinstance(node, Range):
            self._range(node, frame)
        elif isinstance(node, Call):
            self._call(node, frame)
        else:
            self._leave_turn(ends_loop=isinstance(node, Break))

    def _write(self, data: bytes) -> None:
        self._charge(len(data))
        self.output += data

    def _print(self, value: GoValue) -> None:
        if type(value) is bytes:
            self._write(value)
        else:
            self._printer.flags.clear()
            self._printer.value(printable(value), "v")

    def _call(self, node: Call, frame: _Frame) -> None:
        evaluator = self._evaluator
        statements = self._trees.get(node.name)
        if statements is None:
            raise Fault(f"template {quote(node.name).decode()} not defined")
        self._budget.enter(self._depth + 1)
        dot = evaluator.pipeline(frame.dot, node.pipe) if node.pipe else INVALID
        self._depth += 1
        self._frames.append(_Called(statements, dot, self.name, evaluator.scope))
        self.name = node.name
        evaluator.scope = Scope(dot)

    def _range(self, node: Range, frame: _Frame) -> None:
        evaluator = self._evaluator
        mark = evaluator.scope.mark()
        value = evaluator.pipeline(frame.dot, node.pipe)
        turns = self._turns(value, len(node.pipe.declared))
        if turns is None:
            self._frames.append(_EmptyLoop(node.otherwise or (), frame.dot, mark))
            return
        loop = _Loop(node, turns, mark, evaluator.scope.mark())
        self._frames.append(loop)
        self._turn(loop)

    def _turns(self, value: GoValue, variables: int) -> Iterator[tuple[GoValue, GoValue]] | None:
        """Return what a range goes through; None if that is nothing."""
        kind = kind_of(value)
        if kind in (INT, UINT):
            if variables > 1:
                raise Fault(f"can't use {type_name_of(value)} to iterate over more than one variable")
            if value <= 0:
                return None
            numbers = range(value)
            if isinstance(value, Sized):
                return ((INVALID, Sized(each, value.type_name)) for each in numbers)
            return ((INVALID, each) for each in numbers)
        if value is INVALID or (kind in (MAP, SLICE) and not value):
            return None
        if kind == SLICE:
            return iter(enumerate(elements(value)))
        if kind == MAP:
            self._budget.step(len(value) >> 2)
            return ((key, value[key]) for key in sorted_keys(value))
        if isinstance(value, Channel):
            return iter(enumerate(value)) if value.has_more() else None
        raise Fault(f"range can't iterate over {type_name_of(value)}")

    def _turn(self, loop: _Loop) -> None:
        """Begin the next turn of a loop, or leave it after the last."""
        scope = self._evaluator.scope
        scope.forget(loop.inner)
        turn = next(loop.turns, None)
        if turn is None:
            scope.forget(loop.mark)
            self._frames.pop()
            return
        self._budget.step()
        position, element = turn
        pipe = loop.node.pipe
        declared = pipe.declared
        if declared and pipe.assigns:
            scope.assign(declared[0].name, position if len(declared) > 1 else element)
            if len(declared) > 1:
                scope.assign(declared[1].name, element)
        elif declared:
            scope.assign_last(1, element)
            if len(declared) > 1:
                scope.assign_last(2, position)
        loop.dot = element
        loop.statements = iter(loop.node.body)

    def _leave_turn(self, *, ends_loop: bool) -> None:
        """Do `break` or `continue`: the parser has seen to it that there is a loop."""
        loops = (_Loop, _EmptyLoop) if ends_loop else _Loop
        while not isinstance(self._frames[-1], loops):
            self._frames.pop()
        loop = self._frames[-1]
        if ends_loop:
            self._evaluator.scope.forget(loop.mark)
            self._frames.pop()
        else:
            loop.statements = iter(())
