"""Properties of agent configurations: of whatever a file says comes a Plan that keeps to its rules, or our error."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.vault.configurations import changed, judge, usual
from tests.vault.configuration.rows import ASKING, HONOURED, WRONG
from vault.agent.configuration.table import BLOCKS, OPTIONS

_KNOWN = [value for _, value, *_ in HONOURED] + [*ASKING.values()] + [each for some in WRONG.values() for each in some]
_USABLE = [each for each in _KNOWN if isinstance(each, str | bool | int | float | list | dict)]
_VALUES: st.SearchStrategy[Any] = (
    st.sampled_from(_USABLE) | st.text(max_size=8) | st.integers() | st.none() | st.just([]) | st.just([{}])
)
_NAMES = st.sampled_from([*OPTIONS, *BLOCKS, "nope"])


@settings(max_examples=300)
@given(st.lists(st.tuples(_NAMES, _VALUES), max_size=6))
def test_any_values(changes: list[tuple[str, Any]]) -> None:
    """Options with values of any kind, blocks that are none, in a configuration that was right."""
    document = usual()
    for name, value in changes:
        try:
            changed(name, value, document)
        except (AttributeError, IndexError, TypeError):
            continue  # a block that is none now has no options
    judge(json.dumps(document).encode())


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode(errors="replace")))
def test_any_bytes(octets: bytes) -> None:
    """Any bytes are judged."""
    judge(octets)
