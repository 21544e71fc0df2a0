"""A moment from text by one of Go's layouts. As time.ParseInLocation, where what is local is UTC."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.functions.time.calendar import MONTHS, WEEKDAYS, days_in, days_of, is_leap
from vault.gotemplate.functions.time.format import DAY, SECOND
from vault.gotemplate.functions.time.layout import DIGITS, parts_of
from vault.gotemplate.functions.time.moment import Moment
from vault.gotemplate.functions.time.zones import parsed_offset, zone_name_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.functions.time.layout import Part
    from vault.gotemplate.limits import Budget

_SHORT = 3
_NANO_DIGITS = 9
_PIVOT = 69  # of a year of two digits
_NOT_SET = -1
_NOON = 12
# what it is, its smallest and its largest value
_NUMBERS = {
    "1": ("month", 1, 12),
    "01": ("month", 1, 12),
    "15": ("hour", 0, 23),
    "3": ("hour", 0, 12),
    "03": ("hour", 0, 12),
    "4": ("minute", 0, 59),
    "04": ("minute", 0, 59),
    "5": ("second", 0, 59),
    "05": ("second", 0, 59),
    "2": ("day", 0, 99),
    "_2": ("day", 0, 99),
    "02": ("day", 0, 99),
}


class _Reader:
    """Reads one text by the parts of a layout."""

    __slots__ = ("_at", "_is_noon", "_nanosecond", "_offset", "_text", "_values", "_zone")

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._values = {"year": 0, "month": _NOT_SET, "day": _NOT_SET, "yday": _NOT_SET}
        self._values |= {"hour": 0, "minute": 0, "second": 0}
        self._nanosecond = 0
        self._is_noon: bool | None = None  # said to be after noon, before it, or neither
        self._offset: int | None = None
        self._zone: str | None = None

    def read(self, parts: list[Part]) -> None:
        """Go through the text. Raises Fault."""
        for position, part in enumerate(parts):
            self._skip(part.prefix)
            if part.name:
                self._part(part, parts[position + 1])
        if self._at < len(self._text):
            raise Fault("a time with extra text")

    def _peek(self, count: int = 1) -> str:
        return self._text[self._at : self._at + count]

    def _take(self, count: int) -> str:
        taken = self._peek(count)
        if len(taken) < count:
            raise _bad()
        self._at += count
        return taken

    def _skip(self, prefix: str) -> None:
        """Take the text between two parts; a space stands for any number of them."""
        at = 0
        while at < len(prefix):
            if prefix[at] == " ":
                if self._peek() not in ("", " "):
                    raise _bad()
                while prefix[at : at + 1] == " ":
                    at += 1
                while self._peek() == " ":
                    self._at += 1
            elif self._take(1) != prefix[at]:
                raise _bad()
            else:
                at += 1

    def _number(self, least: int, most: int) -> int:
        """Take a number of so many digits."""
        count = 0
        while count < most and self._text[self._at + count : self._at + count + 1] in DIGITS:
            count += 1
        if count < least:
            raise _bad()
        return int(self._take(count))

    def _name(self, names: tuple[str, ...], length: int | None) -> int:
        """Take a name in any case; return its place."""
        for position, each in enumerate(names):
            name = each[:length]
            if self._peek(len(name)).lower() == name.lower():
                self._at += len(name)
                return position
        raise _bad()

    def _part(self, part: Part, following: Part) -> None:
        name = part.name
        if name in _NUMBERS:
            self._simple(name, following)
        elif name == "2006":
            self._values["year"] = self._number(4, 4)
        elif name == "06":
            year = self._number(2, 2)  # Go takes a sign and one digit as well
            self._values["year"] = year + (1900 if year >= _PIVOT else 2000)
        elif name in ("January", "Jan"):
            self._values["month"] = self._name(MONTHS, _SHORT if name == "Jan" else None) + 1
        elif name in ("Monday", "Mon"):
            self._name(WEEKDAYS, _SHORT if name == "Mon" else None)
        elif name in ("__2", "002"):
            for _ in range(2 if name == "__2" else 0):
                self._at += self._peek() == " "
            self._values["yday"] = self._number(1 if name == "__2" else 3, 3)
        elif name in ("PM", "pm"):
            half = self._take(2)
            if half not in ((name, "AM") if name == "PM" else (name, "am")):
                raise _bad()
            self._is_noon = half == name
        elif name in (".0", ".9"):
            self._fraction(part)
        else:
            self._in_zone(name)

    def _simple(self, name: str, following: Part) -> None:
        unit, least, most = _NUMBERS[name]
        if name == "_2":
            self._at += self._peek() == " "
        value = self._number(2 if name[0] == "0" else 1, 2)
        if not least <= value <= most:
            raise Fault("a time that is out of range")
        self._values[unit] = value
        if unit == "second" and following.name not in (".0", ".9") and self._has_fraction():
            self._any_fraction()

    def _has_fraction(self) -> bool:
        return self._peek() in (".", ",") and self._peek(2)[1:] in DIGITS

    def _any_fraction(self) -> None:
        """Take a fraction of any length, of which nanoseconds count."""
        end = self._at + 1
        while self._text[end : end + 1] in DIGITS:
            end += 1
        self._digits(self._text[self._at + 1 : end])
        self._at = end

    def _digits(self, figures: str) -> None:
        if not DIGITS.issuperset(figures):
            raise _bad()
        self._nanosecond = int(figures[:_NANO_DIGITS].ljust(_NANO_DIGITS, "0"))

    def _fraction(self, part: Part) -> None:
        if part.name == ".9":
            if self._has_fraction():
                self._any_fraction()
        elif self._take(1) not in (".", ","):
            raise _bad()
        else:
            self._digits(self._take(part.digits))

    def _in_zone(self, name: str) -> None:
        """Take an offset, or the name of a zone."""
        if name == "MST" and self._peek(3) == "UTC":
            self._at += 3
            self._offset, self._zone = 0, "UTC"
        elif name == "MST":
            end = zone_name_end(self._text, self._at)
            self._zone = self._text[self._at : end]
            self._at = end
        elif name[0] == "Z" and self._peek() == "Z":
            self._at += 1
            self._offset, self._zone = 0, "UTC"
        else:
            self._offset = parsed_offset(self._take(len(name)), name)

    def moment(self) -> Moment:
        """Return what was read. Raises Fault."""
        values = self._values
        if self._is_noon is True and values["hour"] < _NOON:
            values["hour"] += _NOON
        elif self._is_noon is False and values["hour"] == _NOON:
            values["hour"] = 0
        self._set_date()
        days = days_of(values["year"], values["month"], values["day"])
        seconds = days * DAY + values["hour"] * 3600 + values["minute"] * 60 + values["second"]
        return self._in_its_zone(seconds * SECOND + self._nanosecond)

    def _set_date(self) -> None:
        """Check the day, or find it by the day of the year."""
        values = self._values
        if values["yday"] != _NOT_SET:
            month, day = _of_year_day(values["yday"], values["year"])
            if values["month"] not in (_NOT_SET, month) or values["day"] not in (_NOT_SET, day):
                raise Fault("a time whose day of the year is another")
            values["month"], values["day"] = month, day
        values["month"] = 1 if values["month"] == _NOT_SET else values["month"]
        values["day"] = 1 if values["day"] == _NOT_SET else values["day"]
        if not 1 <= values["day"] <= days_in(values["month"], values["year"]):
            raise Fault("a time that is out of range")

    def _in_its_zone(self, nanoseconds: int) -> Moment:
        offset, zone = self._offset, self._zone
        if zone == "UTC" or (offset in (None, -1) and not zone):  # Go has -1 for an offset that is not there
            return Moment(nanoseconds)
        if offset in (None, -1):
            assert zone
            hours = int(zone[3:]) if zone[:3] == "GMT" and zone[3:] else 0
            return Moment(nanoseconds, 3600 * hours, zone)
        assert offset is not None
        return Moment(nanoseconds - offset * SECOND, offset, "UTC" if not offset and not zone else zone or "")


def _bad() -> Fault:
    return Fault("a time that does not fit its layout")


def _of_year_day(yday: int, year: int) -> tuple[int, int]:
    """Return month and day. Raises Fault."""
    if not 1 <= yday <= (366 if is_leap(year) else 365):
        raise Fault("a time that is out of range")
    month = 1
    while yday > days_in(month, year):
        yday -= days_in(month, year)
        month += 1
    return month, yday


def parsed(budget: Budget, layout: bytes, text: bytes) -> Moment:
    """Return the moment. Raises Fault."""
    budget.step((len(layout) >> 1) + (len(text) >> 2))
    budget.make(100 * len(layout) + 2 * len(text))
    reader = _Reader(text.decode("latin-1"))
    reader.read(list(parts_of(layout.decode("latin-1"))))
    return reader.moment()
