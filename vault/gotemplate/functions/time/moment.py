"""A moment, which templates see as Go's time.Time, with those of its methods that give numbers and texts.

By choice Month and Weekday are left out, whose results are of types of their own: `Format "January"` says the same.
`eq` takes no moment, as which of two are one value there depends on how each was made; the method Equal says it.
"""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.functions.time.calendar import day_of_year, days_of
from vault.gotemplate.functions.time.format import DAY, SECOND, SIZE, Clock, formatted
from vault.gotemplate.functions.time.layout import AS_STRING, RFC3339_NANO
from vault.gotemplate.rarevalues import Stringer
from vault.gotemplate.values import STRING_TYPE, Sized, sized

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

TIME_TYPE = "time.Time"
_YEARS = range(10_000)
_DAY_HOURS = 24
ZERO = days_of(1, 1, 1) * DAY * SECOND


def _number(read: Callable[[Clock], int]) -> Function:
    def call(_budget: Budget, moment: Moment) -> int:
        return read(moment.clock())

    return Function(call)


def _unix(unit: int) -> Function:
    def call(_budget: Budget, moment: Moment) -> Sized:
        return sized(moment.nanoseconds // unit, "int64")

    return Function(call)


def _comparison(compare: Callable[[int, int], bool]) -> Function:
    def call(_budget: Budget, moment: Moment, other: Moment) -> bool:
        return compare(moment.nanoseconds, other.nanoseconds)

    return Function(call, TIME_TYPE)


def _format(budget: Budget, moment: Moment, layout: bytes) -> bytes:
    return moment.formatted(budget, layout)


def _string(_budget: Budget, moment: Moment) -> bytes:
    return moment.text()


def _utc(_budget: Budget, moment: Moment) -> Moment:
    return Moment(moment.nanoseconds)


def _is_zero(_budget: Budget, moment: Moment) -> bool:
    return moment.nanoseconds == ZERO


class Moment(Stringer):
    """Nanoseconds since 1970 in UTC, and a zone: seconds east of UTC, and a name."""

    __slots__ = ("nanoseconds", "offset", "zone")
    type_name = TIME_TYPE
    methods = {
        b"After": _comparison(int.__gt__),
        b"Before": _comparison(int.__lt__),
        b"Day": _number(lambda clock: clock.day),
        b"Equal": _comparison(int.__eq__),
        b"Format": Function(_format, STRING_TYPE),
        b"Hour": _number(lambda clock: clock.hour),
        b"IsZero": Function(_is_zero),
        b"Minute": _number(lambda clock: clock.minute),
        b"Nanosecond": _number(lambda clock: clock.nanosecond),
        b"Second": _number(lambda clock: clock.second),
        b"String": Function(_string),
        b"UTC": Function(_utc),
        b"Unix": _unix(SECOND),
        b"UnixMicro": _unix(1000),
        b"UnixMilli": _unix(1_000_000),
        b"UnixNano": _unix(1),
        b"Year": _number(lambda clock: clock.year),
        b"YearDay": _number(lambda clock: day_of_year(clock.days)),
    }

    def __init__(self, nanoseconds: int, offset: int = 0, zone: str = "UTC") -> None:
        """Take them; a name may be "" if there is an offset."""
        self.nanoseconds = nanoseconds
        self.offset = offset
        self.zone = zone

    def clock(self) -> Clock:
        """Return its parts."""
        return Clock(self.nanoseconds, self.offset, self.zone)

    def formatted(self, budget: Budget, layout: bytes) -> bytes:
        """Return its text by a layout."""
        budget.step(len(layout) >> 1)
        budget.make(SIZE * (len(layout) + 1))
        return formatted(self.clock(), layout.decode("latin-1")).encode("latin-1")

    def text(self) -> bytes:
        """Return it as 2006-01-02 15:04:05.9 +0000 UTC."""
        return formatted(self.clock(), AS_STRING).encode("latin-1")

    def json(self) -> bytes:
        """Return it by RFC 3339. Raises Fault if that cannot say it."""
        if self.clock().year not in _YEARS or abs(self.offset) >= _DAY_HOURS * 3600:
            raise Fault("json: a time that RFC 3339 cannot say")
        return formatted(self.clock(), RFC3339_NANO).encode()

    def parts(self) -> tuple[GoValue, ...]:
        """Return what makes it."""
        return self.nanoseconds, self.offset, self.zone
