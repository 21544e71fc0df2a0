"""A page as its fenced blocks, and the words that the code can say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"
_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"\{[a-z_]*\}|%s|\{\{-? .*? -?\}\}")


def blocks(page: Path, language: str) -> list[str]:
    """Give the fenced blocks of a language, without the fences and their indentation."""
    found = [(indent, body) for indent, named, body in _BLOCK.findall(page.read_text()) if named == language]
    return [re.sub(rf"^{indent}", "", body, flags=re.MULTILINE) for indent, body in found]


def fragments(said: str) -> list[str]:
    """Give what a quoted message has between its `…`, line by line: what the code says literally."""
    return [part for part in re.split(r"\s*…\s*|\n", said) if part]


@cache
def code_words() -> str:
    """Give every text in the code and in the chart, with a line end where a name is filled in, and between texts."""
    python = [file for each in ("webhook", "vault") for file in (PROJECT / each).rglob("*.py")]
    texts = [text for file in python for text in _texts(ast.parse(file.read_text()))]
    templates = [re.sub(r'"\s*\n\s*\+ "', "", file.read_text()) for file in _templates()]
    return "\n".join(_FIELD.sub("\n", text).replace("{{", "{").replace("}}", "}") for text in (*texts, *templates))


def _templates() -> Iterator[Path]:
    return (PROJECT / "deploy/chart/templates").rglob("*.yaml")


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "\n" for part in node.values)
            yield "".join(str(part) for part in parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
