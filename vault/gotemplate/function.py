"""What a function of templates is: its parameters have Go's types, which say what an argument may be.

Functions are given to a template by name. One that refuses its arguments raises Fault; the text is shown to people, so
it has no value in it. What it makes or goes through is counted in the Budget that it gets before its arguments.
"""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.rarevalues import NilMap, NilSlice
from vault.gotemplate.values import ANY_TYPE, INVALID, type_name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from vault.gotemplate.values import GoValue

    class Source(Protocol):
        """Has functions by name: a dict, or `functions.library`."""

        def get(self, name: str, /) -> Function | None:
            """Return a function; None if there is none of that name. Raises Fault if it is refused."""


VALUE_TYPE = "reflect.Value"  # anything; unlike ANY_TYPE also no value, which is INVALID


class Function:
    """A function with parameters of fixed types, the last as often as wanted if it is `variadic`.

    `short_circuit` is for `and` and `or`, which do not evaluate every argument: what ends the evaluation.
    """

    __slots__ = ("call", "parameters", "short_circuit", "variadic")

    def __init__(
        self,
        call: Callable[..., GoValue],
        *parameters: str,
        variadic: str = "",
        short_circuit: bool | None = None,
    ) -> None:
        """Take what it does and the types, by Go's names."""
        self.call = call
        self.parameters = parameters
        self.variadic = variadic
        self.short_circuit = short_circuit

    def check_count(self, name: str, given: int, written: int) -> None:
        """Refuse a call with that many arguments, of which the pipeline may have brought one. Raises Fault."""
        least = len(self.parameters)
        if self.variadic and given < least:
            raise Fault(f"wrong number of args for {name}: want at least {least} got {written}")
        if not self.variadic and given != least:
            raise Fault(f"wrong number of args for {name}: want {least} got {given}")

    def type_of(self, position: int) -> str:
        """Return the type of an argument."""
        return self.parameters[position] if position < len(self.parameters) else self.variadic


class Functions:
    """The functions that one template calls, each looked up when the parser meets its name."""

    __slots__ = ("_found", "_sources")

    def __init__(self, *sources: Source) -> None:
        """Take where to look; the first that has a name counts."""
        self._sources = sources
        self._found: dict[str, Function] = {}

    def has(self, name: str) -> bool:
        """Look a name up. Raises Fault if it is that of a function which is refused."""
        for source in self._sources if name not in self._found else ():
            function = source.get(name)
            if function is not None:
                self._found[name] = function
                break
        return name in self._found

    def __getitem__(self, name: str) -> Function:
        """Return a function that was looked up."""
        return self._found[name]


def takes_nil(type_name: str) -> bool:
    """Say whether nil can be a value of a type."""
    return type_name in (ANY_TYPE, VALUE_TYPE) or type_name.startswith(("[]", "map[", "*"))


def as_argument(value: GoValue, type_name: str) -> GoValue:
    """Return a value as an argument of a type. Raises Fault if it is of another."""
    if type_name == VALUE_TYPE:
        return value
    if value is INVALID:
        if not takes_nil(type_name):
            raise Fault(f"invalid value; expected {type_name}")
        return None if type_name == ANY_TYPE else NilMap() if type_name.startswith("map[") else NilSlice(type_name)
    if type_name not in (ANY_TYPE, type_name_of(value)):
        raise Fault(f"wrong type for value; expected {type_name}; got {type_name_of(value)}")
    return value
