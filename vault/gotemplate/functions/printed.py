"""Values as text, for functions that take any: as fmt's verb %v prints them, and as sprig makes strings of them."""

from __future__ import annotations

from vault.gotemplate.printer import Printer
from vault.gotemplate.rarevalues import Stringer
from vault.gotemplate.values import SLICE, STRING, STRINGS_TYPE, ByteSlice, elements, kind_of, type_name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

PIECE = 48  # bytes that a string takes beside its own


def printed(budget: Budget, value: GoValue) -> bytes:
    """Return what %v prints."""
    buffer = bytearray()
    Printer(buffer, budget.make).value(value, "v")
    budget.step(len(buffer) >> 6)
    return bytes(buffer)


def string_of(budget: Budget, value: GoValue) -> bytes:
    """Return a string as it is, and anything else as %v prints it, but for bytes."""
    if type(value) is bytes:
        return value
    if value is not None and (kind_of(value) == STRING or type(value) is ByteSlice):
        budget.make(len(value))
        return bytes(value)
    return value.text() if isinstance(value, Stringer) else printed(budget, value)


def strings_of(budget: Budget, value: GoValue) -> list[bytes]:
    """Return the elements of a list as strings, without those that are nil; what is no list is one string."""
    if value is None:
        return []
    if kind_of(value) != SLICE:
        return [string_of(budget, value)]
    budget.step(len(value))
    if type_name_of(value) == STRINGS_TYPE:
        return value  # type: ignore[no-any-return]
    budget.make(PIECE * len(value))
    return [string_of(budget, each) for each in elements(value) if each is not None]
