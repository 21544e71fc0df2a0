"""A part of a secret: what is at a pointer, and of a map the names that are wanted, under which names."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.secrets import from_vault
from vault.agent.render.files import render_files
from vault.contract.errors import KeyMissing, NotRepresentable
from vault.contract.plan import Output

OUTPUT = Output(directory="/d", name="f", mode="0444", annotation="file.omamori.dev/f")
NESTED = from_vault(
    """{"db": {"host": "h", "port": 5432, "hosts": ["a", {"name": "b"}], "": "none", "a/b": 1.50}, "top": "t"}"""
)
FLAT: dict[str, Any] = {"username": "u", "password": "p", "PATH": "/x"}


def _text(values: Any, **fields: Any) -> str:
    (file,) = render_files(OUTPUT.replace(**fields), values)
    contents: bytes = file.contents.reveal()
    return contents.decode()


@pytest.mark.parametrize(
    ("pointer", "text"),
    [
        (("host",), "h"),
        (("port",), "5432"),
        (("a/b",), "1.50"),
        (("hosts", "0"), "a"),
        (("hosts", "1", "name"), "b"),
        (("hosts",), '["a",{"name":"b"}]'),
        (("",), "none"),
    ],
)
def test_pointer(pointer: tuple[str, ...], text: str) -> None:
    """A value within the secret is as one at its top."""
    assert _text(NESTED, key="db", pointer=pointer) == text


@pytest.mark.parametrize(
    ("pointer", "place", "hint"),
    [
        (("user",), "/db/user", "'/db' has: , a/b, host, hosts, port"),
        (("host", "x"), "/db/host/x", "'/db/host' is a single value"),
        (("hosts", "2"), "/db/hosts/2", "'/db/hosts' is a list"),
        (("hosts", "00"), "/db/hosts/00", "'/db/hosts' is a list"),
        (("hosts", "-"), "/db/hosts/-", "'/db/hosts' is a list"),
        (("hosts", "²"), "/db/hosts/²", "'/db/hosts' is a list"),
        (("hosts", "9" * 5000), "/db/hosts/9", "'/db/hosts' is a list"),
    ],
)
def test_nothing_at_the_pointer(pointer: tuple[str, ...], place: str, hint: str) -> None:
    """It is named by the names that are there, and never by a value."""
    with pytest.raises(KeyMissing, match=place) as missing:
        _text(NESTED, key="db", pointer=pointer)
    assert hint in missing.value.hint
    assert "5432" not in missing.value.hint


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"keys": ("password", "username")}, "password='p'\nusername='u'\n"),
        ({"keys": ("password",), "prefix": "db_", "upper": True}, "DB_PASSWORD='p'\n"),
        ({"keys": ("username", "password"), "renames": (("username", "login"),)}, "login='u'\npassword='p'\n"),
        (
            {"keys": ("username", "password"), "renames": (("username", "login"),), "prefix": "x", "upper": True},
            "login='u'\nXPASSWORD='p'\n",
        ),
        ({"keys": ("PATH",)}, "PATH='/x'\n"),
    ],
)
def test_selection(fields: dict[str, Any], text: str) -> None:
    """The names that are asked for, in that order; a new name is taken as it is, the others get prefix and capitals."""
    assert _text(FLAT, format="env", **fields) == text


def test_selection_within() -> None:
    """A map within the secret is as a secret."""
    assert _text(NESTED, key="db", pointer=(), format="json", keys=("host",)) == '{"host":"h"}\n'
    nested = {"a": {"b": {"x": 1, "y": 2}}}
    assert _text(nested, key="a", pointer=("b",), format="properties") == "x=1\ny=2\n"
    assert _text(nested, key="a", pointer=("b", "x"), format="properties") == "x=1\n"
    assert _text(nested, key="a", pointer=("b",), format="properties", prefix="db.") == "db.x=1\ndb.y=2\n"


def test_keys_that_a_format_cannot_carry_matter_only_if_they_are_selected() -> None:
    """One with a dot is no variable; it is in nobody's way."""
    values = {"a.b": "1", "c": "2"}
    assert _text(values, format="env", keys=("c",)) == "c='2'\n"
    assert _text(values, format="env", renames=(("a.b", "AB"),)) == "AB='1'\nc='2'\n"
    with pytest.raises(NotRepresentable, match=r"'a\.b' cannot be the name of a variable"):
        _text(values, format="env", upper=False, keys=("a.b",))


@pytest.mark.parametrize(
    ("values", "fields", "words"),
    [
        ({"a": 1, "A": 2}, {"upper": True}, "two keys would both be 'A'"),
        ({"a": 1, "b": 2}, {"renames": (("a", "b"),)}, "two keys would both be 'b'"),
        ({"a": 1, "b": 2}, {"renames": (("a", "c"), ("b", "c"))}, "two keys would both be 'c'"),
        ({"a": "text"}, {"key": "a", "prefix": "x"}, "the key 'a' is not a map"),
        (FLAT, {"prefix": "x", "format": "env", "upper": False, "renames": (("username", "u"),)}, ""),
        ({"path": "/x"}, {"upper": True, "format": "env"}, "the key 'PATH' of a whole secret cannot be a variable"),
        ({"D_PRELOAD": "/x"}, {"prefix": "L", "format": "env"}, "the key 'LD_PRELOAD' of a whole secret"),
    ],
)
def test_refused(values: Any, fields: dict[str, Any], words: str) -> None:
    """No name is given twice, and none that the secret chose makes a shell run code, however it came about."""
    fields = {"format": "json", **fields}
    if not words:
        assert "xPATH" in _text(values, **fields)
        return
    with pytest.raises(NotRepresentable, match=words):
        _text(values, **fields)


def test_a_name_that_runs_code_may_be_asked_for() -> None:
    """Where the Pod's author has written it."""
    assert _text({"path": "/x"}, format="env", renames=(("path", "PATH"),)) == "PATH='/x'\n"
    assert _text({"path": "/x"}, format="env", keys=("path",), upper=True) == "PATH='/x'\n"


@pytest.mark.parametrize("fields", [{"keys": ("username", "none")}, {"renames": (("none", "b"),)}])
def test_missing(fields: dict[str, Any]) -> None:
    """A key that is not there is an error that names those that are."""
    with pytest.raises(KeyMissing, match="no key 'none'") as missing:
        _text(FLAT, format="json", **fields)
    assert "PATH, password, username" in missing.value.hint


NAMES = st.text("abAB_ß.", min_size=1, max_size=3)


@given(
    st.dictionaries(NAMES, st.integers(), max_size=5),
    st.lists(NAMES, max_size=3, unique=True),
    st.dictionaries(NAMES, NAMES, max_size=2),
    st.text("ab", max_size=1),
    st.booleans(),
)
def test_each_value_is_there_once(
    values: dict[str, int], keys: list[str], renames: dict[str, str], prefix: str, upper: bool
) -> None:
    """What comes out are the values of the keys that were asked for, each once, or it is refused."""
    fields = {"keys": tuple(keys), "renames": tuple(renames.items()), "prefix": prefix, "upper": upper}
    try:
        made = json.loads(_text(values, format="json", **fields))
    except KeyMissing:
        assert not {*keys, *renames} <= values.keys()
        return
    except NotRepresentable:
        return
    assert list(made.values()) == [values[key] for key in keys or values]
