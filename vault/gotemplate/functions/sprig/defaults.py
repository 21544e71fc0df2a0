"""sprig's functions that choose: default, coalesce, ternary and their like; and fail."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.values import ANY_TYPE, BOOL_TYPE, STRING_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue


def _default(_budget: Budget, otherwise: GoValue, *given: GoValue) -> GoValue:
    return given[0] if given and given[0] else otherwise


def _empty(_budget: Budget, value: GoValue) -> bool:
    return not value


def _coalesce(_budget: Budget, *values: GoValue) -> GoValue:
    """Return the first that is not empty, or nil."""
    for each in values:
        if each:
            return each
    return None


def _all(_budget: Budget, *values: GoValue) -> bool:
    return all(values)


def _any(_budget: Budget, *values: GoValue) -> bool:
    return any(values)


def _ternary(_budget: Budget, first: GoValue, second: GoValue, condition: bool) -> GoValue:  # noqa: FBT001 - the value
    return first if condition else second


def _fail(_budget: Budget, _message: bytes) -> bytes:
    """Refuse to go on. By choice the message is shown only where the template has it: it may be made of a secret."""
    raise Fault("the template ends here by its own decision")


FUNCTIONS = {
    "sprig_all": Function(_all, variadic=ANY_TYPE),
    "sprig_any": Function(_any, variadic=ANY_TYPE),
    "sprig_coalesce": Function(_coalesce, variadic=ANY_TYPE),
    "sprig_default": Function(_default, ANY_TYPE, variadic=ANY_TYPE),
    "sprig_empty": Function(_empty, ANY_TYPE),
    "sprig_fail": Function(_fail, STRING_TYPE),
    "sprig_ternary": Function(_ternary, ANY_TYPE, ANY_TYPE, BOOL_TYPE),
}
