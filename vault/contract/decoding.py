"""Read a Value from decoded JSON strictly: every field must be known, present and of the right type.

A check takes a decoded value and its place, and returns the value of the field or raises PlanInvalid, which names the
place but not the value.
"""

from __future__ import annotations

from vault.contract.errors import PlanInvalid
from vault.contract.origins import is_header_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeAlias

    from vault.contract.values import Value

    Check: TypeAlias = Callable[[object, str], Any]


OTHER_RELEASE_HINT = "the agent image and the webhook are of different releases: set OMAMORI_AGENT_IMAGE to match"


def invalid(place: str, expected: str) -> PlanInvalid:
    """Make the error for an invalid field, whose cause is another release of webhook or agent."""
    return PlanInvalid(f"the Plan: {place or 'its top level'} is not {expected}", hint=OTHER_RELEASE_HINT)


def text(value: object, place: str) -> str:
    """A string that is valid in a path or a system call: Unicode without a NUL."""
    if not isinstance(value, str) or "\0" in value or any("\ud800" <= each <= "\udfff" for each in value):
        raise invalid(place, "a string of Unicode without a NUL")
    return value


def header(value: object, place: str) -> str:
    """The value of an HTTP header: printable ASCII."""
    if not isinstance(value, str) or not is_header_value(value):
        raise invalid(place, "printable ASCII")
    return value


def flag(value: object, place: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise invalid(place, "true or false")
    return value


def number(value: object, place: str) -> int:
    """A whole number, from 0 to 999,999,999: seconds, an index, a version."""
    if type(value) is not int or not 0 <= value < 10**9:
        raise invalid(place, "a whole number of 0 or more, of at most nine digits")
    return value


def octal(value: object, place: str) -> str:
    """The permissions of a file: four octal digits, of which the first is 0."""
    if not isinstance(value, str) or len(value) != 4 or value[0] != "0" or set(value) - set("01234567"):  # noqa: PLR2004
        raise invalid(place, 'four octal digits like "0400"')
    return value


def pair(value: object, place: str) -> tuple[str, str]:
    """A list of a name and a value."""
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 - a pair
        raise invalid(place, "a list of a name and a value")
    return text(value[0], place), text(value[1], place)


def choice(*allowed: str) -> Check:
    """One of a few strings."""

    def check(value: object, place: str) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise invalid(place, f"one of {', '.join(filter(None, allowed))}")
        return value

    return check


def many(check_one: Check) -> Check:
    """A list, each element checked."""

    def check(value: object, place: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise invalid(place, "a list")
        return tuple([check_one(each, f"{place}[{index}]") for index, each in enumerate(value)])

    return check


def record(kind: type[Value], checks: Mapping[str, Check]) -> Check:
    """An object with the fields of a Value."""

    def check(value: object, place: str) -> Value:
        if not isinstance(value, dict):
            raise invalid(place, "an object")
        fields: dict[str, Any] = {}
        for name, each in value.items():
            where = f"{place}.{name}" if place else name
            if name not in checks:
                raise PlanInvalid(
                    f"the Plan has a field {where} that this program does not know",
                    hint="the agent image is older than the webhook: set OMAMORI_AGENT_IMAGE to the same release",
                )
            fields[name] = checks[name](each, where)
        try:
            return kind(**fields)
        except TypeError as error:
            raise PlanInvalid(f"the Plan: {place or 'its top level'}: {error}", hint=OTHER_RELEASE_HINT) from None

    return check
