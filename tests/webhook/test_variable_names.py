"""The names that a secret may give variables: what the webhook thinks possible, and what the agent gives."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from vault.agent.render.selection import select_names
from vault.agent.render.variable_sets import find_variables
from vault.contract.errors import Failure
from vault.contract.plan import VariableSet
from webhook.admission.annotations.parsers import is_variable_name
from webhook.admission.annotations.secret_annotations import EnvFromSpec
from webhook.admission.annotations.secrets import parse_variable_set
from webhook.admission.annotations.selection import possible_names

DB = "envfrom.omamori.dev/db"

KEYS = st.text("abAB_1.-", min_size=1, max_size=3) | st.sampled_from(["ß", "a b", "é"])
NAMES = st.text("abAB_1.", max_size=5)
PREFIXES = st.sampled_from(["", "A", "a_", "AB", "b.", "-"])


@st.composite
def specs(draw: st.DrawFn) -> EnvFromSpec:
    """What an author may write of the keys of a secret, as far as it is taken."""
    fields: dict[str, Any] = {
        "prefix": draw(PREFIXES),
        "upper": draw(st.booleans()),
        "renames": tuple(draw(st.dictionaries(KEYS, NAMES.filter(bool), max_size=2)).items()),
        "keys": tuple(draw(st.lists(KEYS, max_size=3, unique=True))) if draw(st.booleans()) else (),
    }
    options = {
        "prefix": fields["prefix"],
        "upper": "true" if fields["upper"] else "",
        "rename": ",".join(f"{_quoted(old)}:{_quoted(new)}" for old, new in fields["renames"]),
        "keys": ",".join(map(_quoted, fields["keys"])),
    }
    text = " ".join(["kv/a", *(f"{name}={value}" for name, value in options.items() if value)])
    try:
        return parse_variable_set(DB, text)
    except ValueError:
        assume(False)
        raise


def _quoted(text: str) -> str:
    return "".join(f"%{each:02X}" for each in text.encode())


def _in_plan(spec: EnvFromSpec) -> VariableSet:
    return VariableSet(
        keys=spec.keys, renames=spec.renames, prefix=spec.prefix, upper=spec.upper, annotation=spec.annotation
    )


@given(specs(), st.lists(KEYS, max_size=4, unique=True))
def test_every_name_that_the_agent_gives_was_thought_possible(spec: EnvFromSpec, keys: list[str]) -> None:
    """Whatever the secret has: else a declaration, or a reference, would be missed."""
    try:
        entries, _ = find_variables(_in_plan(spec), dict.fromkeys([*keys, *spec.keys, *dict(spec.renames)], "x"), ())
    except Failure:
        return
    possible = possible_names([spec])
    assert all(name in possible for name in entries)
    other = EnvFromSpec(annotation="b", source=spec.source, prefix="OTHER_")
    assert all(name in possible_names([other, spec]) for name in entries)


@given(specs(), NAMES)
def test_every_name_that_was_thought_possible_some_secret_gives(spec: EnvFromSpec, name: str) -> None:
    """So nothing is refused in vain; of keys in mixed case, one that differs in one letter is enough."""
    if name not in possible_names([spec]):
        return
    prefix = spec.prefix.upper() if spec.upper else spec.prefix
    rest = name.removeprefix(prefix) if name.startswith(prefix) else ""
    tried = {rest, rest.lower(), rest.capitalize(), *(rest[:at] + rest[at:].lower() for at in range(len(rest)))}
    needed = [*spec.keys, *dict(spec.renames)]
    given = set()
    for key in tried:
        try:
            given |= set(select_names(_in_plan(spec), dict.fromkeys([*needed, key], "x")))
        except Failure:
            continue
    olds = {old for old, _ in spec.renames}
    assert name in given or (spec.upper and tried <= olds) or _collides(spec)


def _collides(spec: EnvFromSpec) -> bool:
    """Whether the names that the options give are not apart, so that the agent refuses every secret."""
    try:
        select_names(_in_plan(spec), dict.fromkeys([*spec.keys, *dict(spec.renames)], "x"))
    except Failure:
        return True
    return False


@given(st.text(max_size=4) | st.text("aA_.-1 =", max_size=4) | st.sampled_from(["a" * 255, "a" * 256]))
def test_webhook_and_agent_agree_on_names(name: str) -> None:
    """What may be a variable's name is the same on both sides."""
    wanted = VariableSet(annotation=DB, keys=("k",), renames=(("k", name),))
    try:
        find_variables(wanted, {"k": "x"}, ())
    except Failure:
        assert not is_variable_name(name)
    else:
        assert is_variable_name(name)
