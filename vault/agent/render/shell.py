r"""Variables for shells (`env`), for dotenv readers (`dotenv`), and for java.util.Properties (`properties`).

- `env` is POSIX sh: single quotes, in which nothing is special; a single quote is `'\''`. Any value but a NUL.
- `dotenv` readers disagree on escapes and quotes. What we write is read alike by all of them, or refused:
  single quotes around values without `'`, `\`, CR and `${`; else double quotes around values without `"`, `\`, `$`,
  backquotes, CR and line ends.
- `properties` is ASCII: all else is `\uXXXX` (Java's char, so two for what is outside the Basic Multilingual Plane).
"""

from __future__ import annotations

from vault.agent.render.text import text_of
from vault.contract.errors import NotRepresentable
from vault.contract.shown import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_FIRST = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
_REST = _FIRST | frozenset("0123456789")


def render_env(values: Mapping[str, Any]) -> str:
    """Render assignments for `. file` in POSIX sh."""
    return "".join(
        f"{_variable(name, 'env')}={_sh_quoted(name, text_of(name, value))}\n" for name, value in values.items()
    )


def dotenv_reads_otherwise(value: str) -> bool:
    """Whether a dotenv reader would take a value rendered for sh for something else."""
    return any(each in value for each in ("'", "\\", "\r", "${"))


def render_dotenv(values: Mapping[str, Any]) -> str:
    """Render assignments that every dotenv reader takes alike."""
    return "".join(
        f"{_variable(name, 'dotenv')}={_dotenv_quoted(name, text_of(name, value))}\n" for name, value in values.items()
    )


def render_properties(values: Mapping[str, Any]) -> str:
    """Render a file for java.util.Properties.load."""
    return "".join(
        f"{_properties_escaped(name, ' =:#!')}={_properties_escaped(text_of(name, value), '', leading=' ')}\n"
        for name, value in values.items()
    )


def _variable(name: str, format_name: str) -> str:
    if not name or name[0] not in _FIRST or not _REST.issuperset(name):
        raise NotRepresentable(
            f"the key {quoted(name)} cannot be the name of a variable, which the format {format_name} needs",
            hint="rename the key (letters, digits and '_'), or take the format json, yaml, properties or map",
        )
    return name


def _sh_quoted(name: str, value: str) -> str:
    if "\0" in value:
        raise NotRepresentable(
            f"the key {quoted(name)} has a NUL, which no shell variable can hold", hint="take it raw"
        )
    return "'" + value.replace("'", "'\\''") + "'"


def _dotenv_quoted(name: str, value: str) -> str:
    if "\0" not in value and "\r" not in value:
        if not dotenv_reads_otherwise(value):
            return f"'{value}'"
        if not any(each in value for each in ('"', "\\", "$", "`", "\n")):
            return f'"{value}"'
    raise NotRepresentable(
        f"the key {quoted(name)} has a value that dotenv readers do not agree on",
        hint="take the format env, json or map, or the key alone as a raw file",
    )


def _properties_escaped(text: str, special: str, leading: str = "") -> str:
    first = "\\" if leading and text.startswith(leading) else ""
    return first + text.translate(_JavaEscapes(special))


class _JavaEscapes:
    """What a properties file has for a character. For `translate`: a list of so many short strings is 20 MiB."""

    __slots__ = ("_special",)

    def __init__(self, special: str) -> None:
        self._special = special

    def __getitem__(self, code: int) -> str:
        character = chr(code)
        if character in self._special or character == "\\":
            return "\\" + character
        if 0x20 <= code < 0x7F:  # noqa: PLR2004 - printable ASCII
            return character
        if code <= 0xFFFF:  # noqa: PLR2004 - one char of Java
            return f"\\u{code:04x}"
        high, low = divmod(code - 0x10000, 0x400)
        return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
