"""A value of the contract is immutable, comparable and hashable, and costs the Pod no import.

`dataclasses` would do the same for 15 ms of every Pod's start (it imports inspect and re), so the classes that the
program in the Pod loads stand on this base. It reads like a dataclass, to people and (PEP 681) to type checkers:

    class Read(Value):
        path: str
        version: int | None = None
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, Self, dataclass_transform
else:

    def dataclass_transform(**_: object) -> object:
        """`typing.dataclass_transform`, without importing typing."""
        return lambda decorated: decorated


_set = object.__setattr__


@dataclass_transform(kw_only_default=True, frozen_default=True)
class _Fields(type):
    """Makes a class's annotated names its fields: `__slots__`, with the defaults kept aside."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
        fields = tuple(each for each in namespace.get("__annotations__", {}) if not each.startswith("_"))
        defaults = {each: namespace.pop(each) for each in fields if each in namespace}
        return super().__new__(cls, name, bases, {**namespace, "__slots__": fields, "_defaults": defaults})


class Value(metaclass=_Fields):
    """An immutable record of the fields that its class annotates, constructed by keyword."""

    __slots__: ClassVar[tuple[str, ...]]
    _defaults: ClassVar[dict[str, Any]]

    def __init__(self, **fields: Any) -> None:
        """Raise TypeError for a field that is unknown or missing. Types are checked by mypy and where input enters."""
        values = {**self._defaults, **fields}
        names = self.__slots__
        try:
            for name in names:
                _set(self, name, values[name])
        except KeyError as missing:
            raise TypeError(f"{type(self).__name__} needs {missing.args[0]}") from None
        if len(values) != len(names):
            raise TypeError(f"{type(self).__name__} has no {', '.join(each for each in fields if each not in names)}")
        self._check()

    def _check(self) -> None:
        """Raise if the fields do not go together; for classes that have such a rule."""

    def replace(self, **fields: Any) -> Self:
        """Return the same value with some fields changed."""
        return type(self)(**{**dict(self.items()), **fields})

    def items(self) -> list[tuple[str, Any]]:
        """Return the fields with their values, in the order of the class."""
        return [(name, getattr(self, name)) for name in self.__slots__]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: {name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: {name} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Value) and type(other) is type(self) and self.items() == other.items()

    def __hash__(self) -> int:
        return hash((type(self).__name__, *[getattr(self, name) for name in self.__slots__]))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.items())
        return f"{type(self).__name__}({fields})"
