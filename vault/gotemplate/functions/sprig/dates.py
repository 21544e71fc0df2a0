"""sprig's functions on times and durations that Consul-Template has: not `now`, and not `date`.

What is local is UTC. `(sprig_toDate "2006-01-02" "2026-11-30").Format "Jan 2"` formats.
"""

from __future__ import annotations

from vault.gotemplate.chance import now
from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.functions.sprig.conversion import clamped
from vault.gotemplate.functions.time import duration, parse
from vault.gotemplate.functions.time.moment import TIME_TYPE, ZERO, Moment
from vault.gotemplate.values import ANY_TYPE, STRING_TYPE, sized, type_name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_SECOND = duration.SECOND
_HOUR = 3600 * _SECOND
_DAY = 24 * _HOUR
_UNITS = (
    ("y", 365 * _DAY),
    ("mo", 30 * _DAY),
    ("d", _DAY),
    ("h", _HOUR),
    ("m", 60 * _SECOND),
    ("s", _SECOND),
)
_SECONDS_TYPES = ("int", "int64")


def _type_name(value: GoValue) -> str:
    return "" if value is None else type_name_of(value)


def _since(budget: Budget, moment: int) -> int:
    return duration.clamped(now(budget) - moment)


def _ago(budget: Budget, value: GoValue) -> bytes:
    """Return how long ago a time or a number of seconds since 1970 is; nothing of anything else."""
    if isinstance(value, Moment):
        moment = value.nanoseconds
    elif _type_name(value) in _SECONDS_TYPES:
        moment = int(value) * _SECOND
    else:
        return b"0s"
    return duration.shown(duration.to_second(_since(budget, moment))).encode()


def _duration(budget: Budget, value: GoValue) -> bytes:
    """Return seconds as 1h2m3s; those of an int64, or the decimal digits of a string."""
    seconds = 0
    if type(value) is bytes:
        budget.step(len(value) >> 4)
        seconds = clamped(value, b"0123456789", 10)[0]
    elif _type_name(value) == "int64":
        seconds = int(value)
    return duration.shown(int(sized(seconds * _SECOND, "int64"))).encode()


def _duration_round(budget: Budget, value: GoValue) -> bytes:
    """Return the largest unit of a duration, or of the time since a moment."""
    length = 0
    if type(value) is bytes:
        try:
            length = duration.parsed(budget, value.decode(errors="replace"))
        except Fault:
            length = 0
    elif _type_name(value) == "int64":
        length = int(value)
    elif isinstance(value, Moment):
        length = _since(budget, value.nanoseconds)
    for name, unit in _UNITS:
        if abs(length) > unit:
            return f"{abs(length) // unit}{name}".encode()
    return b"0s"


def _modified(budget: Budget, text: bytes, moment: Moment) -> Moment:
    """Return a time that is a duration later."""
    added = duration.parsed(budget, text.decode(errors="replace"))
    return Moment(moment.nanoseconds + added, moment.offset, moment.zone)


def _to_date(budget: Budget, layout: bytes, text: bytes) -> Moment:
    """Read a time; what does not fit its layout is the first moment of the year 1."""
    try:
        return parse.parsed(budget, layout, text)
    except Fault:
        return Moment(ZERO)


def _unix_epoch(_budget: Budget, moment: Moment) -> bytes:
    return b"%d" % (moment.nanoseconds // _SECOND)


_MODIFY = Function(_modified, STRING_TYPE, TIME_TYPE)
FUNCTIONS = {
    "sprig_ago": Function(_ago, ANY_TYPE),
    "sprig_duration": Function(_duration, ANY_TYPE),
    "sprig_durationRound": Function(_duration_round, ANY_TYPE),
    "sprig_mustDateModify": _MODIFY,
    "sprig_mustToDate": Function(parse.parsed, STRING_TYPE, STRING_TYPE),
    "sprig_must_date_modify": _MODIFY,
    "sprig_toDate": Function(_to_date, STRING_TYPE, STRING_TYPE),
    "sprig_unixEpoch": Function(_unix_epoch, TIME_TYPE),
}
