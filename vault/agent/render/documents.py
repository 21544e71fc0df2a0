"""A secret as one JSON or YAML document, with its numbers as Vault has them.

YAML is written so that YAML 1.1 and 1.2 readers agree: every string is double-quoted and ASCII-printable, every
number has a form that both take for a number, and structures are in flow style.
"""

from __future__ import annotations

from vault.agent.api.responses import Number
from vault.agent.render.text import json_of
from vault.contract.errors import NotRepresentable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LONGEST_KEY = 1000  # YAML readers look 1,024 characters ahead for the colon
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def render_json(value: Any) -> str:
    """Render one JSON document, with a line end."""
    return json_of(value) + "\n"


def render_yaml(value: Any) -> str:
    """Render one YAML document: a line for each key of a secret, or one value."""
    if isinstance(value, dict) and value:
        return "".join(f"{_key(key)}: {_flow(each)}\n" for key, each in value.items())
    return _flow(value) + "\n"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Number):
        return _number(value.text)
    return json_of(value)


def _number(text: str) -> str:
    """YAML 1.1 takes 1e3 for a string: it wants a point in the mantissa and a sign in the exponent."""
    mantissa, exponent_sign, exponent = text.lower().partition("e")
    if not exponent_sign:
        return text
    point = "" if "." in mantissa else ".0"
    sign = "" if exponent[0] in "+-" else "+"
    return f"{mantissa}{point}e{sign}{exponent}"


def _key(text: str) -> str:
    quoted = _quoted(text)
    if len(quoted) > _LONGEST_KEY:
        raise NotRepresentable(f"a key of {len(text)} characters is too long for YAML", hint="take the format json")
    return quoted


def _quoted(text: str) -> str:
    return '"' + text.translate(_YAML_ESCAPES) + '"'


class _YamlEscapes:
    """What a double-quoted text has for a character. For `translate`: a list of so many short strings is 20 MiB."""

    __slots__ = ()

    def __getitem__(self, code: int) -> str:
        character = chr(code)
        if character in _SHORT:
            return _SHORT[character]
        if 0x20 <= code < 0x7F:  # noqa: PLR2004 - printable ASCII
            return character
        if code <= 0xFF:  # noqa: PLR2004
            return f"\\x{code:02x}"
        if 0xD800 <= code <= 0xDFFF:  # noqa: PLR2004 - half of a surrogate pair, which JSON can carry
            raise NotRepresentable(
                "a text has a character that is not valid Unicode", hint="store it encoded, as base64"
            )
        return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004


_YAML_ESCAPES = _YamlEscapes()
