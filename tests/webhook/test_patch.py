"""The patch: additions alone, and applied it gives what was meant."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.webhook.strategies import json_values
from webhook.admission.patch import NotAnAddition, additions, render_patch

OURS = {"name": "omamori-init", "image": "i"}


def grown(draw: st.DrawFn, value: Any) -> Any:
    """Give a value with members added to its objects, here and there, and our items to its lists of objects."""
    if isinstance(value, dict):
        result = {name: grown(draw, each) for name, each in value.items()}
        return result | {
            f"new-{name}": each for name, each in draw(st.dictionaries(st.text(max_size=3), _present)).items()
        }
    if isinstance(value, list):
        items = [grown(draw, each) for each in value]
        if draw(st.booleans()):
            items.insert(draw(st.integers(0, len(items))), OURS)
        return items
    return value


_present = json_values().filter(lambda value: value is not None)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give a document and what it has grown to."""
    old = draw(st.dictionaries(st.text(max_size=4), json_values(), max_size=4))
    return old, grown(draw, old)


@given(pairs())
def test_oracle(documents: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Applied by a library of its own, the operations make the new document of the old one."""
    old, new = documents
    before = copy.deepcopy(old)

    operations = additions(old, new)

    assert jsonpatch.apply_patch(old, json.loads(render_patch(operations))) == new
    assert old == before
    assert {operation["op"] for operation in operations} <= {"add"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {}),
        ({"a": True}, {"a": 1}),
        ({"a": "x"}, {"a": ["x"]}),
        ({"a": [1]}, {"a": [1, 2]}),
        ({"a": [1, 2]}, {"a": [1]}),
        ({"a": [1, 2]}, {"a": [2, 1]}),
        ({"a": [{"name": "x"}]}, {"a": [{"name": "y"}]}),
        ({"a": [{"name": "x"}]}, {"a": [{"name": "x"}, {"name": "y"}]}),
        ({"a": [{"name": "x"}]}, {"a": [OURS]}),
    ],
)
def test_not_an_addition(old: dict[str, Any], new: dict[str, Any]) -> None:
    """A change, a removal and a foreign item are refused, whatever they are."""
    with pytest.raises(NotAnAddition):
        additions(old, new)


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ([OURS], [{**OURS, "image": "j"}], ["replace"]),
        ([{"name": "x"}, OURS], [OURS, {"name": "x"}], ["add", "remove"]),
        ([OURS, {"name": "x"}], [{"name": "x"}, OURS], ["remove", "add"]),
        ([OURS, {"name": "x"}], [{"name": "x"}], ["remove"]),
        ([{"name": "omamori-files-0"}, OURS], [OURS], ["remove"]),
    ],
)
def test_our_own_parts(old: list[Any], new: list[Any], kinds: list[str]) -> None:
    """Our own items may be replaced, moved and removed."""
    operations = additions({"list": old}, {"list": new})

    assert [operation["op"] for operation in operations] == kinds
    assert jsonpatch.apply_patch({"list": old}, operations) == {"list": new}


def test_null_is_absent() -> None:
    """A null is what the API server takes for absent, and may be filled."""
    assert additions({"a": None}, {"a": [1]}) == [{"op": "add", "path": "/a", "value": [1]}]
    assert additions({"a": None}, {}) == []


def test_pointers_are_escaped() -> None:
    """A '/' and a '~' in a name do not become a path."""
    assert additions({"a/b": {}}, {"a/b": {"~": 1}}) == [{"op": "add", "path": "/a~1b/~0", "value": 1}]
