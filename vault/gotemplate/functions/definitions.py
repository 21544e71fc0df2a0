"""executeTemplate: the output of a definition as a value, which can be piped."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.values import ANY_TYPE, INVALID, STRING_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue


def _execute_template(budget: Budget, name: bytes, *data: GoValue) -> bytes:
    """Execute a definition with a value, or with none."""
    if len(data) > 1:
        raise Fault(f"executeTemplate: wrong number of arguments, expected 1 or 2, but got {len(data) + 1}")
    dot = data[0] if data else None
    output: bytes = budget.kept["execute"](name, INVALID if dot is None else dot)
    return output


FUNCTIONS = {"executeTemplate": Function(_execute_template, STRING_TYPE, variadic=ANY_TYPE)}
