"""The cases of tests/cases/hcl.json: texts, and what they say."""

from __future__ import annotations

from typing import Any

from tests.support.vault.cases import read_cases
from tests.support.vault.hcl import Block

CASES: dict[str, dict[str, Any]] = {each["name"]: each for each in read_cases("hcl.json", 70)}


def text_of(case: dict[str, Any]) -> bytes:
    """Give the text of a case."""
    text: str = case["text"]
    return text.encode()


def blocks(data: Any) -> Any:
    """Give data as the cases have it with objects as Blocks."""
    if isinstance(data, dict):
        return Block((tuple(keys), blocks(value)) for keys, value in data["items"])
    return [blocks(each) for each in data] if isinstance(data, list) else data
