"""A tree becomes a program. As regexp/syntax/simplify.go and compile.go.

Instructions are made from the end to the beginning, so that each knows where it goes on.
"""

from __future__ import annotations

from vault.gotemplate.regexp.nodes import Alternation, Assertion, Capture, Concatenation, Repeat, Runes
from vault.gotemplate.regexp.program import ASSERT, MATCH, RUNES, SAVE, SPLIT, Instruction, Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault.gotemplate.limits import Budget
    from vault.gotemplate.regexp.nodes import Node
    from vault.gotemplate.regexp.ranges import Ranges

_INSTRUCTION_BYTES = 100
_PAIRS_A_STEP = 16


class Compiler:
    """Compiles one tree; each instruction is counted before it is made."""

    __slots__ = ("_budget", "_instructions", "_sets")

    def __init__(self, budget: Budget) -> None:
        """Begin with nothing."""
        self._budget = budget
        self._instructions: list[Instruction] = []
        self._sets: dict[Ranges, int] = {}

    def compile(self, tree: Node, names: Sequence[bytes]) -> Program:
        """Return the program; `names` are those of the groups."""
        start = self._node(tree, self._add(MATCH, 0, 0))
        return Program(self._instructions, start, list(self._sets), names)

    def _add(self, operation: int, out: int, other: int) -> int:
        self._budget.step()
        self._budget.make(_INSTRUCTION_BYTES)
        self._instructions.append(Instruction(operation, out, other))
        return len(self._instructions) - 1

    def _node(self, node: Node, then: int) -> int:
        """Make what a node does before `then`; return where it begins."""
        if isinstance(node, Runes):
            self._budget.step(len(node.ranges) // _PAIRS_A_STEP)
            return self._add(RUNES, then, self._sets.setdefault(node.ranges, len(self._sets)))
        if isinstance(node, Assertion):
            return self._add(ASSERT, then, node.place)
        if isinstance(node, Capture):
            end = self._add(SAVE, then, 2 * node.number + 1)
            return self._add(SAVE, self._node(node.parts[0], end), 2 * node.number)
        if isinstance(node, Concatenation):
            for part in reversed(node.parts):
                then = self._node(part, then)
            return then
        if isinstance(node, Alternation):
            begin = self._node(node.parts[-1], then)
            for part in reversed(node.parts[:-1]):
                begin = self._add(SPLIT, self._node(part, then), begin)
            return begin
        assert isinstance(node, Repeat)
        return self._repeat(node, then)

    def _repeat(self, node: Repeat, then: int) -> int:
        """Make copies: x{2,4} is xx(x(x)?)?, x{2,} is xx+."""
        part = node.parts[0]
        begin = then
        copies = node.least
        if node.most is None:
            begin = self._loop(node, then)
            copies -= 1
        else:
            for _ in range(node.most - node.least):
                begin = self._either(node, self._node(part, begin), then)
        for _ in range(copies):
            begin = self._node(part, begin)
        return begin

    def _loop(self, node: Repeat, then: int) -> int:
        """Make x* or x+. An x* whose x may be empty is (x+)?, so that what is preferred is as in backtracking."""
        part = node.parts[0]
        loop = self._either(node, 0, then)
        body = self._node(part, loop)
        instruction = self._instructions[loop]
        if node.lazy:
            instruction.other = body
        else:
            instruction.out = body
        if node.least:
            return body
        return self._either(node, body, then) if part.is_nullable else loop

    def _either(self, node: Repeat, part: int, then: int) -> int:
        """Choose between one more and none."""
        return self._add(SPLIT, then, part) if node.lazy else self._add(SPLIT, part, then)
