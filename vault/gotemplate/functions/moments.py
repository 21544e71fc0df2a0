"""timestamp: the time of the execution, in UTC, by one of Go's layouts."""

from __future__ import annotations

from vault.gotemplate.chance import now
from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.functions.time.format import SECOND
from vault.gotemplate.functions.time.layout import RFC3339
from vault.gotemplate.functions.time.moment import Moment
from vault.gotemplate.values import STRING_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget

_UNIX = b"unix"


def _timestamp(budget: Budget, *layouts: bytes) -> bytes:
    """Return it by RFC 3339, by a layout, or, if that is "unix", as seconds since 1970."""
    if len(layouts) > 1:
        raise Fault(f"timestamp: wrong number of arguments, expected 0 or 1, but got {len(layouts)}")
    nanoseconds = now(budget)
    layout = layouts[0] if layouts else RFC3339.encode()
    if layout == _UNIX:
        return b"%d" % (nanoseconds // SECOND)
    return Moment(nanoseconds).formatted(budget, layout)


FUNCTIONS = {"timestamp": Function(_timestamp, variadic=STRING_TYPE)}
