"""A moment as text by one of Go's layouts. As time.Time.Format."""

from __future__ import annotations

from vault.gotemplate.functions.time.calendar import MONTHS, WEEKDAYS, date_of, day_of_year, weekday_of
from vault.gotemplate.functions.time.layout import parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vault.gotemplate.functions.time.layout import Part

SECOND = 1_000_000_000
DAY = 86_400
_SHORT = 3  # letters of a name
SIZE = 64


class Clock:
    """A moment in its zone, in the parts that layouts have."""

    __slots__ = ("day", "days", "hour", "minute", "month", "nanosecond", "offset", "second", "year", "zone")

    def __init__(self, nanoseconds: int, offset: int, zone: str) -> None:
        """Take nanoseconds since 1970 in UTC, the zone's seconds east of it, and its name, "" if it has none."""
        seconds, self.nanosecond = divmod(nanoseconds, SECOND)
        self.days, rest = divmod(seconds + offset, DAY)
        self.year, self.month, self.day = date_of(self.days)
        self.hour, rest = divmod(rest, 3600)
        self.minute, self.second = divmod(rest, 60)
        self.offset = offset
        self.zone = zone


def _padded(value: int, width: int) -> str:
    return f"{'-' if value < 0 else ''}{abs(value):0{width}d}"


def _hour12(clock: Clock) -> int:
    return clock.hour % 12 or 12


_WRITERS: dict[str, Callable[[Clock], str]] = {
    "2006": lambda clock: _padded(clock.year, 4),
    "06": lambda clock: _padded(abs(clock.year) % 100, 2),
    "January": lambda clock: MONTHS[clock.month - 1],
    "Jan": lambda clock: MONTHS[clock.month - 1][:_SHORT],
    "1": lambda clock: str(clock.month),
    "01": lambda clock: f"{clock.month:02d}",
    "Monday": lambda clock: WEEKDAYS[weekday_of(clock.days)],
    "Mon": lambda clock: WEEKDAYS[weekday_of(clock.days)][:_SHORT],
    "2": lambda clock: str(clock.day),
    "_2": lambda clock: f"{clock.day:2d}",
    "02": lambda clock: f"{clock.day:02d}",
    "__2": lambda clock: f"{day_of_year(clock.days):3d}",
    "002": lambda clock: f"{day_of_year(clock.days):03d}",
    "15": lambda clock: f"{clock.hour:02d}",
    "3": lambda clock: str(_hour12(clock)),
    "03": lambda clock: f"{_hour12(clock):02d}",
    "4": lambda clock: str(clock.minute),
    "04": lambda clock: f"{clock.minute:02d}",
    "5": lambda clock: str(clock.second),
    "05": lambda clock: f"{clock.second:02d}",
    "PM": lambda clock: "AM" if clock.hour < 12 else "PM",  # noqa: PLR2004 - noon
    "pm": lambda clock: "am" if clock.hour < 12 else "pm",  # noqa: PLR2004 - noon
    "MST": lambda clock: clock.zone or _offset(clock.offset, "-0700"),
}


def _offset(offset: int, name: str) -> str:
    """Write an offset as the layout's part says, to minutes or seconds."""
    if name[0] == "Z" and not offset:
        return "Z"
    minutes = abs(offset) // 60
    pieces = [f"{minutes // 60:02d}", f"{minutes % 60:02d}", f"{abs(offset) % 60:02d}"]
    count = sum(each.isdigit() for each in name) // 2
    sign = "-" if offset < 0 and minutes else "+"
    if sign == "+":  # less than a minute west of UTC has Go's remainder, which is negative
        pieces[2] = _padded(offset % 60 if offset >= 0 else -(-offset % 60), 2)
    return sign + (":" if ":" in name else "").join(pieces[:count])


def _fraction(clock: Clock, part: Part) -> str:
    """Write the fraction of a second; one that is omitted with its separator if it is zero."""
    figures = f"{clock.nanosecond:09d}"[: part.digits]
    if part.name == ".0":
        return part.separator + figures
    figures = figures.rstrip("0")
    return part.separator + figures if figures else ""


def formatted(clock: Clock, layout: str) -> str:
    """Return the text, which `SIZE` times as many bytes as the layout may take to make."""
    made = []
    for part in parts_of(layout):
        made.append(part.prefix)
        if part.name in (".0", ".9"):
            made.append(_fraction(clock, part))
        elif part.name in _WRITERS:
            made.append(_WRITERS[part.name](clock))
        elif part.name:
            made.append(_offset(clock.offset, part.name))
    return "".join(made)
