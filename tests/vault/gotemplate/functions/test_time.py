"""Times by Go's layouts, beside Python's own calendar."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.chance import Chance
from vault.gotemplate.errors import Fault
from vault.gotemplate.functions.library import LIBRARY
from vault.gotemplate.functions.time import duration
from vault.gotemplate.functions.time.calendar import date_of, day_of_year, days_of, weekday_of
from vault.gotemplate.functions.time.moment import Moment
from vault.gotemplate.functions.time.parse import parsed
from vault.gotemplate.limits import Budget, Limits
from vault.gotemplate.template import parse

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.datetimes(timezones=st.just(UTC))
# Go's layout, and Python's of the same
LAYOUTS = (
    (b"2006-01-02T15:04:05.000000", "%Y-%m-%dT%H:%M:%S.%f"), (b"Mon Jan 02 15:04:05 2006", "%a %b %d %H:%M:%S %Y"),
    (b"Monday, January 06, 03:04 PM 002", "%A, %B %y, %I:%M %p %j"), (b"Z0700 -0700 -07:00 MST", "Z +0000 +00:00 UTC"),
)  # fmt: skip


def _budget() -> Budget:
    return Budget(Limits(), lambda: False)


def _nanoseconds(moment: datetime) -> int:
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000


@given(MOMENTS)
def test_layouts(moment: datetime) -> None:
    """A moment is formatted as by Python, part for part."""
    ours = Moment(_nanoseconds(moment))
    for layout, pythons in LAYOUTS:
        expected = moment.strftime(pythons.replace("%Y", f"{moment.year:04d}"))
        assert ours.formatted(_budget(), layout).decode() == expected


# Go writes an offset of less than a minute west as "+00:00:-54", which it does not read again
@given(MOMENTS, st.integers(-86_399, -60) | st.integers(0, 86_399))
def test_what_is_formatted_is_read_again(moment: datetime, offset: int) -> None:
    """Text with all of a moment in it is that moment; so is one with a day of the year."""
    ours = Moment(_nanoseconds(moment), offset, "")
    for layout in (b"2006-01-02T15:04:05.999999999Z07:00:00", b"2006 002 3:4:5.000000000 PM -070000"):
        if not 0 <= ours.clock().year <= 9999:
            continue
        again = parsed(_budget(), layout, ours.formatted(_budget(), layout))
        assert again.nanoseconds == ours.nanoseconds
        assert again.offset == offset


@given(st.integers(-(10**7), 10**7))
def test_the_calendar_goes_both_ways(days: int) -> None:
    """A day has one date, of any year, and a weekday."""
    date = date_of(days)
    assert days_of(*date) == days
    assert date_of(days + 1) > date
    assert 1 <= day_of_year(days) <= 366
    if 1 <= date[0] <= 9999:
        python = (EPOCH + timedelta(days=days)).date()
        assert (python.year, python.month, python.day) == date
        assert python.timetuple().tm_yday == day_of_year(days)
        assert python.isoweekday() % 7 == weekday_of(days)


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_a_duration_is_read_again(nanoseconds: int) -> None:
    """What a duration says is that duration, but for the last digits of a fraction, which go through a float in Go."""
    text = duration.shown(nanoseconds)
    assert re.fullmatch(r"-?(\d+h)?(\d+m)?[\d.]+(s|ms|µs|ns)", text)
    assert abs(duration.parsed(_budget(), text) - nanoseconds) <= 1


@given(st.text(max_size=30), st.text("0123456789.hmsnuµ-+", max_size=20))
def test_any_text_is_a_duration_or_refused(text: str, similar: str) -> None:
    """What is none is a Fault."""
    for each in (text, similar):
        try:
            assert isinstance(duration.parsed(_budget(), each), int)
        except Fault as error:
            assert str(error)


@given(st.binary(max_size=40), st.sampled_from([each for each, _ in LAYOUTS]) | st.binary(max_size=30))
def test_any_text_is_a_time_or_refused(text: bytes, layout: bytes) -> None:
    """No layout and no text fail in another way."""
    try:
        moment = parsed(_budget(), layout, text)
    except Fault as error:
        assert str(error)
    else:
        assert isinstance(moment.formatted(_budget(), layout), bytes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{timestamp}}", "2006-04-18T07:34:05Z"),
        ('{{timestamp "unix"}}', "1145345645"),
        (
            '{{timestamp "Monday, 2 Jan 06 3:04:05.000pm MST Z07:00 -0700 002"}}',
            "Tuesday, 18 Apr 06 7:34:05.006am UTC Z +0000 108",
        ),
        ("{{sprig_ago 1145345580}}", "1m5s"),
        ('{{sprig_ago (sprig_toDate "2006" "2007")}}', "-6184h25m55s"),
        ('{{sprig_durationRound (sprig_toDate "2006-01-02" "2004-01-02")}}', "2y"),
    ],
)
def test_the_clock(text: str, expected: str) -> None:
    """The time is the caller's, in UTC."""
    assert parse(text.encode(), functions=LIBRARY).execute(None, chance=Chance()).decode() == expected
