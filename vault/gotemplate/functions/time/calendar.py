"""Days since 1970 as dates of the Gregorian calendar, and back, for any year."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    Date = tuple[int, int, int]

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY = 2
_EPOCH = 719468  # days from March 1st of the year 0 to 1970
_ERA = 146097  # days of 400 years
_YEAR = 365
_FIRST_WEEKDAY = 4  # 1970 began with a Thursday


def is_leap(year: int) -> bool:
    """Say whether a year has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in(month: int, year: int) -> int:
    """Return how many days a month has."""
    return _DAYS[month - 1] + (month == _FEBRUARY and is_leap(year))


def days_of(year: int, month: int, day: int) -> int:
    """Return the days since 1970 of a date."""
    year -= month <= _FEBRUARY
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * _ERA + year_of_era * _YEAR + year_of_era // 4 - year_of_era // 100 + day_of_year - _EPOCH


def date_of(days: int) -> Date:
    """Return year, month and day."""
    era, day_of_era = divmod(days + _EPOCH, _ERA)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // _YEAR
    day_of_year = day_of_era - (_YEAR * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153  # months from March on
    month = (shifted + 2) % 12 + 1
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    return era * 400 + year_of_era + (month <= _FEBRUARY), month, day


def day_of_year(days: int) -> int:
    """Return which day of its year a day is, from 1."""
    return days - days_of(date_of(days)[0], 1, 1) + 1


def weekday_of(days: int) -> int:
    """Return a day's place in WEEKDAYS."""
    return (days + _FIRST_WEEKDAY) % 7
