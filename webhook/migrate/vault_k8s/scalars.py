"""Render annotations as YAML: a name as a key, a text as the simplest scalar that says it."""

from __future__ import annotations

import json
import re

# words alone, which no YAML takes for anything else than text
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*")
_NOT_TEXT = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
_NOT_IN_LITERAL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_ESCAPED = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


def render_key(name: str, quote: str) -> str:
    """Render a name between the quotes of the key that it replaces; without quotes where that one had none."""
    return f"{quote}{name}{quote}"


def render_inline(text: str, *, is_json: bool = False) -> str:
    """Render a text in one line. `is_json`: as JSON has it."""
    if not is_json:
        if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT:
            return text
        if '"' in text and "'" not in text and text.isprintable():
            return f"'{text}'"
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def render_literal(text: str, indent: int, newline: str) -> str | None:
    """Render a text of several lines as a literal block, without a line end behind it. None: it cannot be one."""
    body = text.removesuffix("\n")
    lines = body.split("\n")
    if len(lines) == 1 or body != body.strip() or _NOT_IN_LITERAL.search(body):
        return None
    header = "|" if text.endswith("\n") else "|-"
    return newline.join([header, *(f"{' ' * indent}{line}" if line else "" for line in lines)])
