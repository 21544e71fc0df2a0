"""Split an annotation value into a reference and its options, without interpreting them.

    value   := reference { blank option }
    options := option { blank option }
    option  := name "=" ( JSON string in double quotes | any text without a blank )

An option splits at its first `=`. Blanks are spaces, tabs and line ends, so that a YAML block scalar may be used.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from vault.contract.shown import quoted, shown

_BLANKS = " \t\r\n"
_BLANK = re.compile(r"[ \t\r\n]")
_NO_BLANK = re.compile(r"[^ \t\r\n]")
_MOST_SHOWN = 40
_DECODER = json.JSONDecoder()


class ValueInvalid(ValueError):
    """The text is not a reference with options; the message says what is wrong, and quotes no more than a name."""


@dataclass(frozen=True, slots=True)
class Value:
    """A reference, not parsed yet, and its options in the order written; names may repeat."""

    reference: str
    options: tuple[tuple[str, str], ...]


def parse_value(text: str) -> Value:
    """Cut an annotation value. Raises ValueInvalid."""
    body = text.strip(_BLANKS)
    if not body:
        raise ValueInvalid("is empty; write a reference, for example secret/data/shop/db#password")
    end = _end_of_word(body, 0)
    return Value(reference=body[:end], options=_parse_options(body, end))


def parse_options(text: str) -> tuple[tuple[str, str], ...]:
    """Cut an annotation value that is options alone. Raises ValueInvalid."""
    body = text.strip(_BLANKS)
    if not body:
        raise ValueInvalid("is empty; write options, for example mode=0400, or leave it out")
    return _parse_options(body, 0)


def _parse_options(body: str, start: int) -> tuple[tuple[str, str], ...]:
    options: list[tuple[str, str]] = []
    position = _skip_blanks(body, start)
    while position < len(body):
        option, position = _parse_option(body, position)
        options.append(option)
        position = _skip_blanks(body, position)
    return tuple(options)


def _parse_option(body: str, start: int) -> tuple[tuple[str, str], int]:
    end = _end_of_word(body, start)
    name, equals, rest = body[start:end].partition("=")
    if not equals or not name:
        raise ValueInvalid(f"has {quoted(body[start:end], _MOST_SHOWN)} where an option like mode=0400 is expected")
    if not rest.startswith('"'):
        return (name, rest), end
    opening = start + len(name) + 1
    try:
        value, end = _DECODER.raw_decode(body, opening)
    except (ValueError, RecursionError):
        raise ValueInvalid(f"the value of option {shown(name, _MOST_SHOWN)}= is not a whole JSON string") from None
    if end < len(body) and body[end] not in _BLANKS:
        raise ValueInvalid(f"the value of option {shown(name, _MOST_SHOWN)}= goes on after its closing quote")
    return (name, str(value)), end


def _end_of_word(body: str, start: int) -> int:
    found = _BLANK.search(body, start)
    return found.start() if found else len(body)


def _skip_blanks(body: str, start: int) -> int:
    found = _NO_BLANK.search(body, start)
    return found.start() if found else len(body)
