"""A secret of which each key becomes a variable: which names there are, what they hold, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.canary import Canary, occurrences
from tests.support.vault.secrets import from_vault
from tests.support.vault.variable_sets import DB, read, rendered
from vault.agent.render.code_names import TABLE
from vault.contract.errors import Failure, KeyMissing, NotRepresentable
from vault.contract.plan import VariableSet

CODE_NAMES = [name.replace("*", "X1") for _, names in TABLE for name in names.split()]


def given_by(values: dict[str, Any], *, declared: tuple[str, ...] = (), **fields: Any) -> dict[str, str]:
    """Give the variables of one set."""
    return read(rendered([values], VariableSet(annotation=DB, **fields), declared=declared))


FLAT = {"user": "u", "password": "it's\r\n", "empty": ""}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {"user": "u", "password": "it's\r\n", "empty": ""}),
        ({"prefix": "DB_"}, {"DB_user": "u", "DB_password": "it's\r\n", "DB_empty": ""}),
        ({"prefix": "db_", "upper": True}, {"DB_USER": "u", "DB_PASSWORD": "it's\r\n", "DB_EMPTY": ""}),
        ({"keys": ("password",)}, {"password": "it's\r\n"}),
        ({"keys": ("user",), "renames": (("user", "login"),), "prefix": "X"}, {"login": "u"}),
        (
            {"renames": (("empty", "none"),), "upper": True},
            {"USER": "u", "PASSWORD": "it's\r\n", "none": ""},
        ),
    ],
)
def test_selection(fields: dict[str, Any], expected: dict[str, str]) -> None:
    """As for files; and any value but a NUL, an empty one and one with a quote as well."""
    assert given_by(FLAT, **fields) == expected


def test_values_are_as_a_file_of_variables_has_them() -> None:
    """A text as it is, all else as JSON, numbers as they were."""
    values = from_vault('{"s": "t", "n": 1.50, "i": 1E400, "t": true, "l": [1, "a"], "o": {"a": {"b": 0.10}}}')
    assert given_by(values) == {
        "s": "t",
        "n": "1.50",
        "i": "1E400",
        "t": "true",
        "l": '[1,"a"]',
        "o": '{"a":{"b":0.10}}',
    }


def test_a_map_within_a_secret() -> None:
    """At a key, or at a pointer below one; what is no map is told by its place."""
    values = {"db": {"shop": {"user": "u"}, "list": ["canary-value"], "text": "canary-value"}}
    assert given_by(values, key="db", pointer=("shop",)) == {"user": "u"}
    assert json.loads(given_by(values, key="db", keys=("shop",))["shop"]) == {"user": "u"}
    for pointer, place in ((("list",), "/db/list"), (("text",), "/db/text"), (("list", "0"), "/db/list/0")):
        with pytest.raises(NotRepresentable, match=f"'{place}' is not a map") as refused:
            given_by(values, key="db", pointer=pointer)
        assert refused.value.annotation == DB
        assert "env.omamori.dev" in refused.value.hint
        assert "canary" not in str(refused.value.fields())
    with pytest.raises(NotRepresentable, match="the value at 'a' is not a map"):
        given_by({"a": "t"}, key="a")
    with pytest.raises(KeyMissing, match="no key 'none'"):
        given_by(values, key="none")


@pytest.mark.parametrize("name", ["", "1a", "a b", "a=b", "é", "a/b", "a\nb", "a$b", "a" * 256])
def test_a_key_that_is_no_name(name: str) -> None:
    """It is an error that names key and annotation and what to do, if it is taken; else it is in nobody's way."""
    values = {"good": "g", name: "canary-value"}
    with pytest.raises(NotRepresentable, match="cannot be the variable") as refused:
        given_by(values)
    assert repr(name[:80])[:-1] in refused.value.message
    assert refused.value.annotation == DB
    assert "rename=" in refused.value.hint
    assert "keys=" in refused.value.hint
    assert "canary" not in str(refused.value.fields())

    assert given_by(values, keys=("good",)) == {"good": "g"}
    assert given_by(values, renames=((name, "other"),)) == {"good": "g", "other": "canary-value"}


@pytest.mark.parametrize("name", ["a", "_", "A.b", "-x", "a-b.c", "_1", "a" * 255])
def test_names(name: str) -> None:
    """What one variable may be called, a key may be called."""
    assert given_by({name: "x"}) == {name: "x"}


@pytest.mark.parametrize("name", CODE_NAMES)
def test_a_name_that_runs_code_is_the_authors_choice_alone(name: str) -> None:
    """The secret does not choose it, by no prefix and no capitals; whoever writes it in keys= or rename= does."""
    for values, fields in (
        ({name: "canary-value"}, {}),
        ({name[1:]: "canary-value"}, {"prefix": name[0]}),
        ({name: "canary-value", "a": "b"}, {"renames": (("a", "c"),)}),
    ):
        with pytest.raises(NotRepresentable, match="cannot be the variable") as refused:
            given_by(values, **fields)
        assert repr(name) in refused.value.message
        assert refused.value.annotation == DB
        assert "canary" not in str(refused.value.fields())
    assert given_by({name: "x", "a": "b"}, keys=(name,)) == {name: "x"}
    assert given_by({"key": "x"}, renames=(("key", name),)) == {name: "x"}
    assert given_by({name: "x"}, renames=((name, "other"),)) == {"other": "x"}
    assert given_by({name: "x"}, declared=(name,)) == {}


def test_what_the_container_declares_stays() -> None:
    """Ours is left out, whatever it holds, and a line says so by name; it never stops a Pod."""
    values = {"A": "a", "B": None, "C": "x\0", "LD_PRELOAD": "/x", "a b": "c"}
    made = rendered([values], VariableSet(annotation=DB, upper=True), declared=("B", "C", "LD_PRELOAD", "A B", "OTHER"))
    assert read(made) == {"A": "a"}
    [note] = made.notes
    assert (note.level, note.annotation) == ("info", DB)
    assert note.message == "left out, since the container declares it itself: A B, B, C, LD_PRELOAD"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"a": None}, "the key 'a' is null"),
        ({"a": "canary-value\0"}, "the key 'a' cannot be a variable: the variable 'X_a' has a NUL"),
        ({"a": "canary-value" + "x" * 128 * 1024}, "the key 'a' cannot be a variable: the variable 'X_a' has 128 KiB"),
        ({"a": "canary-value\ud800"}, "'a' has a character that is not valid Unicode"),
        ({"a": {"b": "canary-value\ud800"}}, "'a' has a character that is not valid Unicode"),
    ],
)
def test_values_that_no_variable_has(values: dict[str, Any], words: str) -> None:
    """The key and the annotation are named, the value is not; a key that is not taken does not matter."""
    with pytest.raises(NotRepresentable) as refused:
        given_by(values, prefix="X_")
    assert words in refused.value.message
    assert refused.value.annotation == DB
    assert refused.value.hint
    assert "canary" not in str(refused.value.fields())
    assert given_by({**values, "b": "c"}, keys=("b",)) == {"b": "c"}


def test_a_value_that_is_nested_too_deep() -> None:
    """It is told, and no error of ours."""
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(NotRepresentable, match="the value of the key 'a' is nested too deep") as refused:
        given_by({"a": deep})
    assert refused.value.annotation == DB


KEYS = st.text("abAB_1.-é =/ß", max_size=3) | st.sampled_from(["PATH", "path", "LD_PRELOAD", "d_preload"])
VALUES = st.sampled_from(["plain", "it's", "", "\0", None, 1.5, True, {"a": 1}, [1]])


@given(
    st.dictionaries(KEYS, VALUES, max_size=5),
    st.lists(KEYS, max_size=2, unique=True),
    st.dictionaries(KEYS, KEYS, max_size=2),
    st.sampled_from(["", "A_", "L", "b"]),
    st.booleans(),
    st.lists(KEYS, max_size=2).map(tuple),
)
def test_any_selection_gives_what_is_asked_for_or_says_why_not(
    values: dict[str, Any],
    keys: list[str],
    renames: dict[str, str],
    prefix: str,
    upper: bool,
    declared: tuple[str, ...],
) -> None:
    """Each key that is taken is a variable under its name, or is declared; or the refusal names one of them."""
    canary = Canary.plain()
    values = {key: f"{canary.value}{each}" if isinstance(each, str) else each for key, each in values.items()}
    fields: dict[str, Any] = {"keys": tuple(keys), "renames": tuple(renames.items()), "prefix": prefix, "upper": upper}
    expected = {}
    for key in keys or values:
        name = renames.get(key, f"{prefix}{key}".upper() if upper else f"{prefix}{key}")
        expected[key] = name
    try:
        made = rendered([values], VariableSet(annotation=DB, **fields), declared=declared)
    except Failure as failure:
        assert failure.annotation == DB
        assert failure.hint
        assert any(repr(each) in failure.message for each in (*expected, *expected.values(), *renames))
        assert not occurrences(canary, str(failure.fields()).encode())
        return
    found = read(made)
    wanted = {name: values[key] for key, name in expected.items() if name not in declared}
    assert len(set(expected.values())) == len(expected)
    assert list(found) == list(wanted)
    assert all(found[name] == value for name, value in wanted.items() if isinstance(value, str))
    assert not occurrences(canary, repr(made).encode())
