"""Floats as strconv formats and fmt prints them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.flags import Flags

VERBS = frozenset("vbgGxXfFeE")
_SHORTEST = -1
_DEFAULT_PRECISION = {"f": 6, "e": 6, "E": 6}
_EXPONENT_OF_SHORTEST = 6
_LEAST_EXPONENT = -4
_MANTISSA_BITS = 52
_SUBNORMAL = -1022
_HEX_DIGITS = 13


def number(value: float, verb: str, flags: Flags) -> None:
    """Print a float by one of VERBS."""
    verb = {"v": "g", "F": "f"}.get(verb, verb)
    precision = _DEFAULT_PRECISION.get(verb, _SHORTEST) if flags.precision is None else flags.precision
    flags.reserve(max(precision, 0))
    text = formatted(value, verb, precision)
    sign = "-" if text[0] == "-" else "+"
    text = text.lstrip("+-")
    if sign == "+" and flags.space and not flags.plus:
        sign = " "
    if text in ("Inf", "NaN"):
        shows_sign = text == "Inf" or flags.plus or flags.space
        flags.pad(((sign if shows_sign else "") + text).encode(), with_zeros=False)
        return
    if flags.sharp and verb != "b":
        text = _with_point(text, verb, precision)
    if not flags.plus and sign == "+":
        flags.pad(text.encode())
    elif flags.zero and not flags.minus and flags.has_width:
        flags.write(sign.encode())
        flags.padded(text.encode(), flags.width - 1)
    else:
        flags.pad((sign + text).encode())


def _with_point(text: str, verb: str, precision: int) -> str:
    """Add a decimal point, and the zeros that %g leaves out: the flag #."""
    wanted = 0
    if verb in "gGx":
        wanted = _EXPONENT_OF_SHORTEST if precision == _SHORTEST else precision
    marks = "pP" if verb in "xX" else "pPeE"
    at = min((text.index(each) for each in marks if each in text), default=len(text))
    body, tail = text[:at], text[at:]
    figures = body.replace(".", "")
    wanted -= len(figures.lstrip("0"))
    if "." not in body:
        if body == "0":
            wanted -= 1
        body += "."
    return body + "0" * max(wanted, 0) + tail


def formatted(value: float, verb: str, precision: int) -> str:
    """Return strconv.FormatFloat of a float64.

    With precision -1, which is not for "f", "e" and "E", it is the shortest text that is read as the same value.
    """
    if value != value:  # noqa: PLR0124 - NaN alone
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    if verb == "b":
        mantissa, exponent = _parts(value)
        return f"{_minus(value)}{mantissa}p{exponent - _MANTISSA_BITS:+d}"
    if verb in "xX":
        return _hexadecimal(value, verb, precision)
    if verb in "feE":
        return f"{value:.{precision}{verb}}"
    return _general(value, verb, precision)


def shortest_fixed(value: float) -> str:
    """Return the shortest text that is read as the same finite value, without an exponent: strconv's 'f' with -1."""
    figures, point = shortest_digits(value)
    return _fixed(value, figures, point, max(len(figures) - point, 0))


def shortest_exponential(value: float) -> str:
    """Return the shortest text that is read as the same finite value, with an exponent: strconv's 'e' with -1."""
    figures, point = shortest_digits(value)
    return _exponential(value, figures, point, max(len(figures) - 1, 0), "e")


def _minus(value: float) -> str:
    return "-" if str(value).startswith("-") else ""


def shortest_digits(value: float) -> tuple[str, int]:
    """Return the fewest digits that say a value, without sign, and where its decimal point is in them."""
    mantissa, _mark, exponent = repr(abs(value)).partition("e")
    whole, _dot, fraction = mantissa.partition(".")
    if fraction == "0":
        fraction = ""
    figures = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(figures))
    return figures.rstrip("0"), point


def _fixed(value: float, figures: str, point: int, places: int) -> str:
    """Write digits as %f does."""
    whole = figures[:point].ljust(point, "0") if point > 0 else "0"
    fraction = ("0" * max(-point, 0) + figures[max(point, 0) :])[:places].ljust(places, "0")
    return f"{_minus(value)}{whole}{'.' if places else ''}{fraction}"


def _exponential(value: float, figures: str, point: int, places: int, mark: str) -> str:
    """Write digits as %e does."""
    fraction = figures[1 : places + 1].ljust(places, "0")
    exponent = point - 1 if figures else 0
    sign = "-" if exponent < 0 else "+"
    return f"{_minus(value)}{figures[:1] or '0'}{'.' if places else ''}{fraction}{mark}{sign}{abs(exponent):02d}"


def _general(value: float, verb: str, precision: int) -> str:
    """Format by %e for large and small exponents, by %f between; zeros at the end are left out."""
    is_shortest = precision == _SHORTEST
    if is_shortest:
        figures, point = shortest_digits(value)
        precision = len(figures)
    else:
        precision = precision or 1
        text = f"{abs(value):.{precision - 1}e}"
        mantissa, _mark, exponent = text.partition("e")
        figures = mantissa.replace(".", "").rstrip("0")
        point = int(exponent) + 1 if figures else 0
    limit = precision
    if limit > len(figures) >= point:
        limit = len(figures)
    if is_shortest:
        limit = _EXPONENT_OF_SHORTEST
    exponent_of = point - 1
    if exponent_of < _LEAST_EXPONENT or exponent_of >= limit:
        places = max(min(precision, len(figures)) - 1, 0)
        return _exponential(value, figures, point, places, "e" if verb == "g" else "E")
    if precision > point:
        precision = len(figures)
    return _fixed(value, figures, point, max(precision - point, 0))


def _parts(value: float) -> tuple[int, int]:
    """Return the mantissa of 53 bits, as an integer, and the exponent of its first bit."""
    mantissa, _sign, exponent = abs(value).hex().partition("p")
    whole, _dot, fraction = mantissa[2:].partition(".")
    return int(whole + fraction.ljust(_HEX_DIGITS, "0")[:_HEX_DIGITS], 16), int(exponent) if value else _SUBNORMAL


def _hexadecimal(value: float, verb: str, precision: int) -> str:
    """Format as 0x1.8p+01; rounds to even."""
    mantissa, exponent = _parts(value)
    if mantissa:
        while not mantissa >> _MANTISSA_BITS:
            mantissa <<= 1
            exponent -= 1
    else:
        exponent = 0
    if 0 <= precision < _HEX_DIGITS:
        dropped = 4 * (_HEX_DIGITS - precision)
        rest, half = mantissa & ((1 << dropped) - 1), 1 << (dropped - 1)
        mantissa >>= dropped
        if rest > half or (rest == half and mantissa & 1):
            mantissa += 1
        mantissa <<= dropped
        if mantissa >> (_MANTISSA_BITS + 1):
            mantissa >>= 1
            exponent += 1
    fraction = format(mantissa & ((1 << _MANTISSA_BITS) - 1), "013x")
    fraction = fraction.rstrip("0") if precision == _SHORTEST else fraction[:precision].ljust(precision, "0")
    power = f"p{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    text = f"0x{mantissa >> _MANTISSA_BITS}{'.' if fraction else ''}{fraction}{power}"
    return _minus(value) + (text.upper() if verb == "X" else text)
