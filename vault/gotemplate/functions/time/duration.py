"""Durations, which are int64 nanoseconds: as text, from text, and rounded. As Go's time.Duration."""

from __future__ import annotations

from vault.gotemplate.errors import Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget

SECOND = 1_000_000_000
_MOST = (1 << 63) - 1
_LEAST = -(1 << 63)
_UNITS = {
    "ns": 1,
    "us": 1_000,
    "\u00b5s": 1_000,
    "\u03bcs": 1_000,
    "ms": 1_000_000,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
}
_SMALL = (("ns", 1), ("\u00b5s", 1_000), ("ms", 1_000_000))
_DIGITS = "0123456789"


def clamped(nanoseconds: int) -> int:
    """Return the nearest duration."""
    return max(_LEAST, min(nanoseconds, _MOST))


def to_second(duration: int) -> int:
    """Round to a second, half away from zero."""
    whole, rest = divmod(abs(duration), SECOND)
    if 2 * rest >= SECOND:
        whole += 1
    return clamped(whole * SECOND if duration >= 0 else -whole * SECOND)


def _figures(value: int, unit: int) -> str:
    """Return a value in a unit, with what is after the point."""
    whole, rest = divmod(value, unit)
    fraction = str(rest).rjust(len(str(unit)) - 1, "0").rstrip("0") if rest else ""
    return f"{whole}.{fraction}" if fraction else str(whole)


def shown(duration: int) -> str:
    """Return a duration as 1h2m3.5s."""
    sign, value = ("-" if duration < 0 else ""), abs(duration)
    if not value:
        return "0s"
    if value < SECOND:
        name, unit = max((each for each in _SMALL if each[1] <= value), key=lambda each: each[1])
        return sign + _figures(value, unit) + name
    minutes, rest = divmod(value, 60 * SECOND)
    text = _figures(rest, SECOND) + "s"
    if minutes:
        hours, minutes = divmod(minutes, 60)
        text = f"{minutes}m{text}"
        if hours:
            text = f"{hours}h{text}"
    return sign + text


def parsed(budget: Budget, text: str) -> int:
    """Read numbers with units, as -1h30.5m. Raises Fault."""
    budget.step(len(text) >> 1)
    sign, body = (-1 if text[:1] == "-" else 1), text[1:] if text[:1] in ("+", "-") else text
    if body == "0":
        return 0
    if not body:
        raise Fault("time: invalid duration")
    total = at = 0
    while at < len(body):
        value, at = _term(body, at)
        total += value
        if total > _MOST + 1:
            raise Fault("time: invalid duration")
    if total > _MOST and sign > 0:
        raise Fault("time: invalid duration")
    return sign * total


def _run(text: str, at: int, *, of_digits: bool) -> int:
    while at < len(text) and (text[at] in _DIGITS) == of_digits and (of_digits or text[at] != "."):
        at += 1
    return at


def _term(text: str, at: int) -> tuple[int, int]:
    """Read a number and its unit; return the nanoseconds, and where the next begins. Raises Fault."""
    end = _run(text, at, of_digits=True)
    whole, fraction = text[at:end], ""
    if text[end : end + 1] == ".":
        begin = end + 1
        end = _run(text, begin, of_digits=True)
        fraction = text[begin:end]
    if not whole and not fraction:
        raise Fault("time: invalid duration")
    unit_end = _run(text, end, of_digits=False)
    unit = _UNITS.get(text[end:unit_end])
    if unit is None:
        raise Fault("time: missing or unknown unit in duration")
    if len(whole.lstrip("0")) > len(str(_MOST)) or int(whole.lstrip("0") or 0) > (_MOST + 1) // unit:
        raise Fault("time: invalid duration")
    value = int(whole.lstrip("0") or 0) * unit
    numerator, scale = _leading_fraction(fraction)
    if numerator:
        value += int(float(numerator) * (float(unit) / scale))
    if value > _MOST + 1:
        raise Fault("time: invalid duration")
    return value, unit_end


def _leading_fraction(digits: str) -> tuple[int, float]:
    """Return the digits that 63 bits can hold, and what they are divided by."""
    value, scale = 0, 1.0
    for each in digits:
        if value > _MOST // 10:
            break
        more = value * 10 + ord(each) - ord("0")
        if more > _MOST + 1:
            break
        value = more
        scale *= 10
    return value, scale
