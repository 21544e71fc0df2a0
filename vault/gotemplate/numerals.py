"""Number literals as Go reads them: strconv's ParseInt with base 0, and ParseFloat."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.quoting import quote, unquote_rune

MAX_INT64 = (1 << 63) - 1
MIN_INT64 = -(1 << 63)
MAX_UINT64 = (1 << 64) - 1
MOST_DIGITS = 400  # of an integer: Python's conversion takes the square of it

_BASES = {"0b": 2, "0o": 8, "0x": 16}
_DECIMAL = frozenset("0123456789")
_HEXADECIMAL = frozenset("0123456789abcdef")
_DIGITS = {2: frozenset("01"), 8: frozenset("01234567"), 10: _DECIMAL, 16: _HEXADECIMAL}
_FLOAT_MARKS = ".eEpP"


class Numeral:
    """A number of a template under each type that can hold it; None under those that cannot."""

    __slots__ = ("as_float", "as_int", "as_uint")

    def __init__(self, as_int: int | None, as_uint: int | None, as_float: float | None) -> None:
        """Take the values."""
        self.as_int = as_int
        self.as_uint = as_uint
        self.as_float = as_float


def parse_rune_constant(text: bytes) -> Numeral:
    """Read a character constant, with its quotes. Raises Fault."""
    value, _is_rune, end = unquote_rune(text, 1, b"'")
    if text[end:] != b"'":
        raise Fault(f"malformed character constant: {text.decode(errors='replace')}")
    return Numeral(value, value, float(value))


def parse_number(text: str) -> Numeral:
    """Read a number that the lexer found. Raises Fault."""
    if text.endswith("i"):
        raise Fault(f"the complex number {text} is not supported here")
    integer = parse_integer(text)
    if integer is not None:
        return _of_integer(text, integer)
    number = parse_float(text)
    if number is None:
        raise Fault(f"illegal number syntax: {_quoted(text)}")
    if not any(each in text for each in _FLOAT_MARKS):
        raise Fault(f"integer overflow: {_quoted(text)}")
    whole = int(number) if number == number // 1 else None
    return Numeral(
        whole if whole is not None and MIN_INT64 <= whole <= MAX_INT64 else None,
        whole if whole is not None and 0 <= whole <= MAX_UINT64 else None,
        number,
    )


def _of_integer(text: str, integer: int) -> Numeral:
    as_int = integer if MIN_INT64 <= integer <= MAX_INT64 else None
    # ParseUint takes no sign, but for a zero
    as_uint = integer if 0 <= integer <= MAX_UINT64 and (integer == 0 or text[0] not in "+-") else None
    if as_int is None and as_uint is None:
        raise Fault(f"integer overflow: {_quoted(text)}")
    return Numeral(as_int, as_uint, float(integer))


def _quoted(text: str) -> str:
    return quote(text.encode()).decode()


def parse_integer(text: str) -> int | None:
    """Read an integer as ParseInt with base 0 does, however large; None if it is none."""
    negative = text[:1] == "-"
    digits = (text[1:] if text[:1] in ("+", "-") else text).lower()
    if not digits or len(digits) > MOST_DIGITS:
        return None
    base = 10
    if digits[0] == "0":
        base = _BASES.get(digits[:2], 8) if len(digits) > 2 else 8  # noqa: PLR2004 - a prefix and a digit
        bare = digits[2:] if digits[:2] in _BASES and len(digits) > 2 else digits[1:]  # noqa: PLR2004 - the same
    else:
        bare = digits
    if not _DIGITS[base].issuperset(bare.replace("_", "")) or not _has_good_underscores(digits):
        return None
    value = int(bare.replace("_", "") or "0", base)
    return -value if negative else value


def parse_float(text: str) -> float | None:
    """Read a number as ParseFloat does; None if it is none, or too large."""
    digits = (text[1:] if text[:1] in ("+", "-") else text).lower()
    is_hexadecimal = digits[:2] == "0x"
    mark, most = ("p", _HEXADECIMAL) if is_hexadecimal else ("e", _DECIMAL)
    mantissa, has_exponent, exponent = digits[2 if is_hexadecimal else 0 :].partition(mark)
    whole, _dot, fraction = mantissa.partition(".")
    figures = (whole + fraction).replace("_", "")
    power = exponent[1:] if exponent[:1] in ("+", "-") else exponent
    if (
        not figures
        or not most.issuperset(figures)
        or (is_hexadecimal and not has_exponent)
        or (has_exponent and (power[:1] not in _DECIMAL or not _DECIMAL.issuperset(power.replace("_", ""))))
        or not _has_good_underscores(digits)
    ):
        return None
    clean = text.replace("_", "")
    try:
        value = float.fromhex(clean) if is_hexadecimal else float(clean)
    except OverflowError:
        return None
    return value if abs(value) != float("inf") else None


def _has_good_underscores(digits: str) -> bool:
    """Underscores stand between digits, or between a base's prefix and a digit; `digits` are small and without sign."""
    if "_" not in digits:
        return True
    before = "^"
    at = 0
    is_hexadecimal = digits[:2] == "0x"
    if digits[:2] in _BASES:
        at, before = 2, "0"
    for each in digits[at:]:
        if each in _DECIMAL or (is_hexadecimal and each in _HEXADECIMAL):
            before = "0"
        elif each == "_":
            if before != "0":
                return False
            before = "_"
        elif before == "_":
            return False
        else:
            before = "!"
    return before != "_"
