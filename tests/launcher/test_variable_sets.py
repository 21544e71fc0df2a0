"""All keys of a secret, from its JSON to the environment of the process that the launcher becomes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.launcher.running import ended
from tests.support.canary import Canary, occurrences
from tests.support.vault.secrets import from_vault
from tests.support.vault.variable_sets import DB, rendered
from vault.contract.errors import Failure
from vault.contract.plan import MOST_VARIABLES_BYTES, VariableSet

pytestmark = pytest.mark.real

CANARY = Canary.plain()
TEXTS = st.text(
    st.sampled_from("aB '\"\\$`\n\r\t=#é\U0001f512") | st.characters(exclude_categories=["Cs"]), max_size=12
)
USUAL: st.SearchStrategy[Any] = st.one_of(
    TEXTS,
    TEXTS.map(lambda text: f"{CANARY.value}{text}"),
    st.sampled_from([0, 17, True, False, [], {"a": ["b", 1]}, "", "x" * 1000]),
)
# most of them names, for one that is not ends an example
VALUES = st.integers(0, 9).flatmap(lambda chance: st.sampled_from([None, "\0"]) if chance == 0 else USUAL)
GOOD = st.sampled_from(["user", "password", "PASSWORD", "host", "A", "a", "b.c", "b-c", "DB_USER", "_", "a1", "port"])
ODD = st.text("abAB_1.-", max_size=3) | st.sampled_from(["PATH", "path", "LD_PRELOAD", "a b", "ß"])
KEYS = st.integers(0, 9).flatmap(lambda chance: ODD if chance == 0 else GOOD)


def environment_of(launch: Path, file: Path, inherited: dict[str, str]) -> dict[str, str]:
    """Launch a command with the file, and give the environment that the kernel shows of it."""
    found = ended([launch, file, "--", "/bin/cat", "/proc/self/environ"], inherited)
    assert found.code == 0, found.said
    entries = [each.partition(b"=") for each in found.printed.split(b"\0")[:-1]]
    assert len({name for name, _, _ in entries}) == len(entries)
    return {name.decode(): value.decode() for name, _, value in entries}


def text_of(value: Any) -> str:
    """A value as a variable has it."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.dictionaries(KEYS, VALUES, min_size=1, max_size=5),
    taken=st.lists(st.integers(0, 4), max_size=3, unique=True),
    renames=st.dictionaries(st.integers(0, 4), KEYS.filter(bool), max_size=2),
    prefix=st.sampled_from(["", "DB_", "l", "x."]),
    upper=st.booleans(),
    own=st.dictionaries(KEYS.filter(lambda name: name not in {"", "LD_PRELOAD"}), TEXTS, max_size=3),
)
def test_any_secret_and_options(
    launch: Path,
    tmp_path: Path,
    values: dict[str, Any],
    taken: list[int],
    renames: dict[int, str],
    prefix: str,
    upper: bool,
    own: dict[str, str],
) -> None:
    """The process has the keys that were asked for, under their names, and its own variables; or there is a reason."""
    own = {name: text.replace("\0", "") for name, text in own.items()}
    there = list(values)
    keys = tuple(there[number] for number in taken if number < len(there))
    pairs = {there[number]: new for number, new in renames.items() if number < len(there)}
    pairs = {old: new for old, new in pairs.items() if not keys or old in keys}
    one = VariableSet(annotation=DB, keys=keys, renames=tuple(pairs.items()), prefix=prefix, upper=upper)
    names = {key: pairs.get(key, f"{prefix}{key}".upper() if upper else f"{prefix}{key}") for key in keys or there}
    try:
        made = rendered([from_vault(json.dumps(values))], one, declared=tuple(own))
    except Failure as failure:
        assert (failure.annotation, bool(failure.hint)) == (DB, True)
        assert any(repr(each) in failure.message for each in (*names, *names.values()))
        assert not occurrences(CANARY, json.dumps(failure.fields()).encode())
        return
    [file] = made.directories["/d"]
    (tmp_path / "env").write_bytes(file.contents.reveal())

    expected = {name: text_of(values[key]) for key, name in names.items()}
    assert environment_of(launch, tmp_path / "env", own) == {**expected, **own}
    assert all(values[key] is not None or name in own for key, name in names.items())
    left_out = {name for name in names.values() if name in own}
    assert not made.notes or all(name in made.notes[0].message for name in left_out)
    assert bool(made.notes) == bool(left_out)
    assert not occurrences(CANARY, repr(made).encode())


def test_as_much_as_a_set_may_have(launch: Path, tmp_path: Path) -> None:
    """What is not refused, a process can be started with, beside arguments and other variables of 100 KiB."""
    size = 127 * 1024
    count = MOST_VARIABLES_BYTES // (size + 16)
    values = {f"K{number}": "x" * size for number in range(count)}
    rest = MOST_VARIABLES_BYTES - sum(len(name) + size + 2 + 8 for name in values)
    values["R"] = "x" * (rest - len("R=") - 1 - 8)
    [file] = rendered([values], VariableSet(annotation=DB)).directories["/d"]
    (tmp_path / "env").write_bytes(file.contents.reveal())

    own = {"OWN": "x" * 100 * 1024}
    assert environment_of(launch, tmp_path / "env", own) == {**values, **own}

    with pytest.raises(Failure, match="a process can be started with"):
        rendered([{**values, "R": f"{values['R']}x"}], VariableSet(annotation=DB))
