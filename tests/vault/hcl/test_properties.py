"""Properties of the parser of HCL: what is written is read, and any bytes give a file or our own error."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.hcl import Block, Writer, parsed
from vault.hcl.errors import HclError
from vault.hcl.parser import parse

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ue123")
TEXTS = st.text(CHARACTERS, max_size=20) | st.text(st.sampled_from(' \n\t"\\${}E0T'), max_size=12)
SCALARS = TEXTS | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
KEYS = st.text(CHARACTERS, min_size=1, max_size=6) | st.sampled_from(["template", "a", "true"])


def _blocks(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Block]:
    """Objects: a name is assigned once, blocks may have labels and be there several times."""
    options = st.lists(st.tuples(st.tuples(KEYS), values), max_size=4, unique_by=lambda item: item[0])
    return options.map(Block)


VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda values: st.lists(values, max_size=3) | _blocks(values), max_leaves=12
)
LABELLED = st.tuples(st.lists(KEYS, min_size=2, max_size=3).map(tuple), _blocks(VALUES))
FILES = st.tuples(_blocks(VALUES), st.lists(LABELLED, max_size=3)).map(lambda found: Block([*found[0], *found[1]]))


@given(FILES, st.integers(0, 2**32))
def test_what_is_written_is_read(data: Block, seed: int) -> None:
    """In whatever style data is written, it is read as it was."""
    text = Writer(random.Random(seed)).file(data)
    assert parsed(text) == data, text


@given(
    st.recursive(SCALARS | st.none(), lambda values: st.lists(values) | st.dictionaries(TEXTS, values), max_leaves=12)
)
def test_json(value: Any) -> None:
    """JSON is read as it was, whatever stands in it."""
    text = json.dumps({"a": value})
    assert _as_json(parsed(text)) == {"a": value}


def _as_json(data: Any) -> Any:
    if isinstance(data, Block):
        return {keys[0]: _as_json(value) for keys, value in data}
    return [_as_json(each) for each in data] if isinstance(data, list) else data


@given(st.binary() | st.text(st.sampled_from('a1"\\${}[]=,<-#/*.\nE 0xe')).map(str.encode))
def test_any_bytes(octets: bytes) -> None:
    """Any bytes give a file, or our own error with its place."""
    try:
        parse(octets)
    except HclError as error:
        assert error.line >= 1
        assert error.column >= 1
