"""Several secrets in the env file of one container: names that two of them give, what is missing, what is too much."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.vault.variable_sets import DB, MAIL, read, rendered
from vault.contract.errors import KeyMissing, NotRepresentable
from vault.contract.plan import MOST_VARIABLES_BYTES, Variable, VariableSet


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"annotation": DB}, {"annotation": MAIL, "read": 1}),
        ({"annotation": DB, "keys": ("a",)}, {"annotation": MAIL, "read": 1, "renames": (("b", "a"),)}),
        ({"annotation": DB, "prefix": "a"}, {"annotation": MAIL, "read": 1, "prefix": "aa"}),
    ],
)
def test_two_sets_that_give_one_name(first: dict[str, Any], second: dict[str, Any]) -> None:
    """The error names both annotations, the key and the name, unless the container declares it."""
    secrets: list[dict[str, Any] | None] = [{"a": "1", "aa": "2"}, {"a": "3", "b": "4"}]
    if "renames" in second:
        secrets[1] = {"b": "canary-value"}
    sets = VariableSet(**first), VariableSet(**second)
    with pytest.raises(NotRepresentable, match="would be the variable") as refused:
        rendered(secrets, *sets)
    assert refused.value.annotation == MAIL
    assert f"which {DB} gives, too" in refused.value.message
    assert "rename=" in refused.value.hint

    taken = rendered(secrets, *sets, declared=("a", "aa", "aaa"))
    assert not {"a", "aa", "aaa"} & set(read(taken))


def test_a_set_and_a_variable_that_give_one_name() -> None:
    """As with two sets; but a variable that is optional and missing gives none."""
    variable = Variable(name="A", read=0, key="x", annotation="env.omamori.dev/A", optional=True)
    one = VariableSet(annotation=DB, read=1)
    with pytest.raises(NotRepresentable, match=r"variable 'A', which env\.omamori\.dev/A gives, too") as refused:
        rendered([{"x": "1"}, {"A": "2"}], one, variables=(variable,))
    assert refused.value.annotation == DB
    assert read(rendered([{}, {"A": "2"}], one, variables=(variable,))) == {"A": "2"}
    assert read(rendered([{"x": "1"}, {"B": "2"}], one, variables=(variable,))) == {"A": "1", "B": "2"}


def test_what_is_missing() -> None:
    """An absent path or key leaves an optional set out; else it is an error with the keys that are there."""
    optional = VariableSet(annotation=MAIL, read=1, optional=True)
    assert read(rendered([{"a": "1"}, None], VariableSet(annotation=DB), optional)) == {"a": "1"}
    made = rendered([{"a": "1"}, {"b": "2"}], VariableSet(annotation=DB), optional.replace(keys=("b", "none")))
    assert read(made) == {"a": "1"}
    assert [(each.annotation, each.message) for each in made.notes] == [(MAIL, "left out, since it is optional")]
    with pytest.raises(KeyMissing, match="no key 'none'") as missing:
        rendered([{"a": "1"}], VariableSet(annotation=DB, keys=("none",)))
    assert (missing.value.annotation, missing.value.path, missing.value.hint) == (DB, "kv/0", "it has: a")


@pytest.mark.parametrize("more", [0, 1])
def test_what_is_too_much_for_a_process(more: int) -> None:
    """All variables of the container count, and one for the kernel's pointer to each; the largest is named."""
    size = 100 * 1024
    count = MOST_VARIABLES_BYTES // size
    one = Variable(name="ONE", read=0, key="one", annotation="env.omamori.dev/ONE")
    values = {f"K{number:03}": "x" * (size - len("K000=") - 1 - 8) for number in range(count)}
    rest = MOST_VARIABLES_BYTES - count * size - len("ONE=") - 1 - 8
    secrets: list[dict[str, Any] | None] = [{"one": "canary-value".ljust(rest + more, "x")}, values]
    if not more:
        assert len(read(rendered(secrets, VariableSet(annotation=DB, read=1), variables=(one,)))) == count + 1
        return
    with pytest.raises(NotRepresentable, match="a process can be started with 1920 KiB") as refused:
        rendered(secrets, VariableSet(annotation=DB, read=1), variables=(one,))
    assert "'K018', of the key 'K018'" in refused.value.message
    assert refused.value.annotation == DB
    assert "keys=" in refused.value.hint
