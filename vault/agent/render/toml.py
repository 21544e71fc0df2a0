"""TOML 1.0 (toml.io/en/v1.0.0), every name and text in double quotes, numbers as Vault has them.

The maps of a secret become tables, behind all that is no map; what is deeper is an inline table.
"""

from __future__ import annotations

from vault.agent.api.responses import Number
from vault.contract.errors import NotRepresentable
from vault.contract.shown import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_MOST, _LEAST = 2**63 - 1, -(2**63)  # what a reader has to take
_LONGEST_INTEGER = 20  # of that, in digits and a sign


def render_toml(values: Mapping[str, Any]) -> str:
    """Render a document. Raises NotRepresentable."""
    lines = [f"{_text(name)} = {_of(name, value)}\n" for name, value in values.items() if not isinstance(value, dict)]
    for name, value in values.items():
        if isinstance(value, dict):
            lines.append(f"\n[{_text(name)}]\n" if lines else f"[{_text(name)}]\n")
            lines += [f"{_text(inner)} = {_of(inner, each)}\n" for inner, each in value.items()]
    return "".join(lines)


def _of(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(inner)} = {_of(inner, each)}" for inner, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_of(name, each) for each in value) + "]"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        raise NotRepresentable(
            f"the key {quoted(name)} has a null, which TOML does not have",
            hint="write a value, or take the format json or yaml",
        )
    return _number(name, value.text if isinstance(value, Number) else str(value))


def _number(name: str, text: str) -> str:
    is_integer = not any(each in text for each in ".eE")
    if is_integer and (len(text) > _LONGEST_INTEGER or not _LEAST <= int(text) <= _MOST):
        raise NotRepresentable(
            f"the key {quoted(name)} has a number of more than 64 bits, which readers of TOML need not take",
            hint="store it as a text",
        )
    return text


def _text(text: str) -> str:
    return '"' + text.translate(_ESCAPES) + '"'


class _Escapes:
    """What a double-quoted text has for a character."""

    __slots__ = ()

    def __getitem__(self, code: int) -> str:
        character = chr(code)
        if character in _SHORT:
            return _SHORT[character]
        return f"\\u{code:04x}" if code < 0x20 or code == 0x7F else character  # noqa: PLR2004 - control characters


_ESCAPES = _Escapes()
