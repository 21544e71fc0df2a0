"""A type that hides a secret value in repr, formatting and tracebacks."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generic, TypeVar

    Held = TypeVar("Held")

    class _Base(Generic[Held]):
        """Only for type checkers: `Secret[bytes]`."""

else:

    class _Base:
        def __class_getitem__(cls, _item: object) -> type:
            return cls


class Secret(_Base["Held"]):
    """Holds one value. `reveal()` is the only way to it, and easy to search for."""

    __slots__ = ("_value",)

    def __init__(self, value: Held) -> None:
        """Hide a value."""
        self._value = value

    def reveal(self) -> Held:
        """Return the value."""
        return self._value

    def __repr__(self) -> str:
        return "<hidden>"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return "<hidden>"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not serialised")
