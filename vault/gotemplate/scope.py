"""The variables of one template that is executed."""

from __future__ import annotations

from vault.gotemplate.errors import Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.values import GoValue


class Scope:
    """A stack of variables; of those with one name the last counts. `mark` and `forget` are for blocks."""

    __slots__ = ("_by_name", "_cells")

    def __init__(self, dot: GoValue) -> None:
        """Begin with `$`: no other variable is known to a template that is called."""
        self._cells: list[_Cell] = []
        self._by_name: dict[bytes, list[_Cell]] = {}
        self.declare(b"$", dot)

    def mark(self) -> int:
        """Return how many variables there are."""
        return len(self._cells)

    def forget(self, mark: int) -> None:
        """Forget the variables that were declared after the mark."""
        while len(self._cells) > mark:
            self._by_name[self._cells.pop().name].pop()

    def declare(self, name: bytes, value: GoValue) -> None:
        """Add a variable."""
        cell = _Cell(name, value)
        self._cells.append(cell)
        self._by_name.setdefault(name, []).append(cell)

    def get(self, name: bytes) -> GoValue:
        """Return a variable's value. Raises Fault."""
        return self._cell(name).value

    def assign(self, name: bytes, value: GoValue) -> None:
        """Change a variable. Raises Fault."""
        self._cell(name).value = value

    def assign_last(self, count: int, value: GoValue) -> None:
        """Change the variable that was declared last, or `count` ago."""
        self._cells[-count].value = value

    def _cell(self, name: bytes) -> _Cell:
        cells = self._by_name.get(name)
        if not cells:
            raise Fault(f"undefined variable: {name.decode(errors='replace')}")
        return cells[-1]


class _Cell:
    """A variable."""

    __slots__ = ("name", "value")

    def __init__(self, name: bytes, value: GoValue) -> None:
        self.name = name
        self.value = value
