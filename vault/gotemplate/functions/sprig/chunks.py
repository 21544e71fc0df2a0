"""A list in parts of one size. As sprig's chunk, so that odd sizes give what they do there."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.values import Slice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_TYPE = "[][]interface {}"
_PART = 64  # bytes that a list takes beside its elements
_POINTER = 8


def chunks(budget: Budget, size: int, values: list[GoValue]) -> Slice:
    """Return the parts; the last may be shorter. Raises Fault for a size that makes none."""
    length = len(values)
    if not size:
        raise Fault("makeslice: len out of range")
    count = (length - 1) // size + 1
    if count < 0:
        raise Fault("makeslice: len out of range")
    budget.step(count)
    budget.make(_PART * count + _POINTER * length)
    made = []
    for at in range(count):
        part = size if at < count - 1 else length % abs(size) or size
        if part < 0:
            raise Fault("makeslice: len out of range")
        begin = at * size
        if part and not 0 <= begin <= length - part:
            raise Fault("reflect: slice index out of range")
        made.append(values[begin : begin + part])
    return Slice(made, type_name=_TYPE)
