"""Render and parse the part of Vault's policy language that a grant can express: `path "…" { capabilities = […] }`.

The parser also accepts comments, and capabilities in any order. Anything else (parameters, a wrapping TTL, `deny`,
`sudo`, the old `policy = "read"`, JSON) is not supported.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

CAPABILITIES = ("create", "read", "update", "patch", "delete", "list")

_TOKEN = re.compile(r'\s+|#[^\n]*|//[^\n]*|/\*.*?\*/|("(?:[^"\\\n]|\\["\\])*")|([A-Za-z_]+)|([\[\]{}=,])', re.DOTALL)


@dataclass(frozen=True, slots=True)
class PathRule:
    """The capabilities of a policy at a path, which may have `+` and a final `*`."""

    path: str
    capabilities: tuple[str, ...]


def render_rules(rules: Iterable[PathRule]) -> Iterator[str]:
    """Render each rule as text that ends with a line feed."""
    for rule in rules:
        words = ", ".join(f'"{each}"' for each in rule.capabilities)
        yield f"path {_quoted(rule.path)} {{\n  capabilities = [{words}]\n}}\n"


def parse_rules(text: str) -> tuple[PathRule, ...] | None:
    """Parse the rules of a policy. None: it contains something unsupported."""
    tokens = list(_tokens(text))
    if "" in tokens:
        return None
    found: list[PathRule] = []
    while tokens:
        rule, tokens = _parse_rule(tokens)
        if rule is None:
            return None
        found.append(rule)
    return tuple(found)


def parse_json_rules(text: str) -> tuple[PathRule, ...] | None:
    """Parse the rules of a policy in JSON. None: it contains something unsupported."""
    try:
        document = json.loads(text)
        blocks = document.pop("path").items()
        found = tuple(PathRule(path, tuple(block.pop("capabilities"))) for path, block in blocks)
        rest = [document, *(block for _, block in blocks)]
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
    sayable = all(set(rule.capabilities) <= set(CAPABILITIES) and rule.capabilities for rule in found)
    return found if sayable and not any(rest) else None


def _tokens(text: str) -> Iterator[str]:
    """Split the text into words, strings and signs; "" for anything else."""
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            yield ""
            return
        token = found[1] or found[2] or found[3]
        if token:
            yield token
        at = found.end()


def _parse_rule(tokens: list[str]) -> tuple[PathRule | None, list[str]]:
    head, path, brace, word, equals, bracket, *rest = [*tokens, *[""] * 6]
    if (head, brace, word, equals, bracket) != ("path", "{", "capabilities", "=", "[") or not path.startswith('"'):
        return None, tokens
    capabilities: list[str] = []
    while rest[0].startswith('"'):
        capabilities.append(_unquoted(rest.pop(0)))
        if rest[0] == ",":
            rest.pop(0)
    if rest[:2] != ["]", "}"] or not set(capabilities) <= set(CAPABILITIES) or not capabilities:
        return None, tokens
    unquoted = _unquoted(path)
    if "{{" in unquoted or "${" in unquoted:
        return None, tokens
    return PathRule(unquoted, tuple(each for each in CAPABILITIES if each in capabilities)), [
        each for each in rest[2:] if each
    ]


def _quoted(text: str) -> str:
    """Quote a printable string: only quotes and backslashes need an escape."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unquoted(text: str) -> str:
    return str(json.loads(text, strict=False))
