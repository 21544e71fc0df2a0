"""Variables as files: for the kubelet, by a reading in its grammar, for the launcher by a process's environment."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.vault.envfile import Malformed, read_env_file
from tests.support.vault.variables import CONTENTS, GOOD_NAMES, NAMES, VALUES, VARIABLES, Case, is_text, raw, table
from vault.agent.render.envfile import render_env_file, render_launch_file
from vault.contract.errors import NotRepresentable

Reasons = dict[str, Callable[[bytes, bytes], bool]]

# what a refusal says, and what is then so of the name, as bytes, and the value; the first that is so is said
NO_VARIABLE: Reasons = {
    "cannot be the name of a variable": lambda name, _: not name or b"=" in name or b"\0" in name,
    "a NUL": lambda _, value: b"\0" in value,
    "is not valid Unicode": lambda name, _: not is_text(name),
    "128 KiB or more": lambda name, value: len(name) + len(value) + 2 > 128 * 1024,
}
NO_ENV_FILE: Reasons = {
    "the name of a variable in a kubelet's env file": lambda name, _: (
        any(not 0x20 <= each <= 0x7E or each == ord("=") for each in name) or name[:1] in b" #" or name[-1:] == b" "
    ),
    **NO_VARIABLE,
    "an empty value": lambda _, value: not value,
    "a line of 64 KiB or more": lambda name, value: any(
        len(line) >= 64 * 1024 for line in (b"%b='%b'" % (name, value)).split(b"\n")
    ),
    "a single quote": lambda _, value: b"'" in value,
    "a line that ends in CR": lambda _, value: b"\r\n" in value,
    "bytes that are not UTF-8": lambda _, value: not is_text(value),
}


def _refusal(
    render: Callable[[dict[str, bytes]], bytes], name: str, value: bytes, why: Reasons
) -> NotRepresentable | None:
    """Render one variable; checks that it is refused when it must be, in these words, and never else."""
    expected = next((words for words, holds in why.items() if holds(raw(name), value)), None)
    try:
        render({name: value})
    except NotRepresentable as refused:
        assert expected is not None, refused.message
        assert expected in refused.message
        assert repr(name) in refused.message
        assert refused.hint
        return refused
    assert expected is None
    return None


@pytest.mark.parametrize("case", table(), ids=lambda case: f"{case.name!r}={case.value[:20]!r}")
def test_a_variable_is_written_or_refused_as_the_table_says(case: Case) -> None:
    """What is written is read back; a refusal names the variable, says why and what else to do, and shows no value."""
    if case.written is not None:
        assert render_env_file({case.name: case.value}) == case.written
        assert read_env_file(case.written, case.name.encode()) == case.value
        return

    with pytest.raises(NotRepresentable, match=case.refused) as refused:
        render_env_file({case.name: case.value})

    assert repr(case.name) in refused.value.message
    assert refused.value.hint
    assert refused.value.__context__ is None


@given(VARIABLES)
def test_what_is_carried_is_read_back_and_nothing_else_is_refused(variables: dict[str, bytes]) -> None:
    """Every variable of a file comes back as it was; each that is not in it has one of the known reasons."""
    carried = {
        name: value for name, value in variables.items() if _refusal(render_env_file, name, value, NO_ENV_FILE) is None
    }

    contents = render_env_file(carried)

    assert {name: read_env_file(contents, name.encode()) for name in carried} == carried
    if carried != variables:
        with pytest.raises(NotRepresentable):
            render_env_file(variables)


@given(NAMES, st.binary(max_size=16) | VALUES.filter(lambda value: len(value) < 100))
@example("A", b"it's")
@example("A", b"")
@example("A", b"a\0b")
@example("A", b"a\r\nb")
@example("A", b"\xff")
def test_the_ways_out_are_ways_out(name: str, value: bytes) -> None:
    """Where a refusal names base64 or the launcher, these can carry the value."""
    refused = _refusal(render_env_file, name, value, NO_ENV_FILE)
    hint = refused.hint if refused else ""

    if "encode=base64" in hint:
        assert render_env_file({name: base64.b64encode(value)})
    if "env-delivery: exec" in hint:
        assert render_launch_file({name: value}) == b"%b=%b\0" % (name.encode(), value)


@settings(max_examples=40)
@given(VARIABLES)
@example({"A": b"x" * (128 * 1024 - 3), "B": b"", "c d": b"it's\r\n\xff"})
def test_a_launch_file_is_what_a_process_has(variables: dict[str, bytes]) -> None:
    """The launch file of what is not refused is, byte for byte, the environment of a process that has the variables."""
    carried = {
        name: value
        for name, value in variables.items()
        if _refusal(render_launch_file, name, value, NO_VARIABLE) is None
    }

    done = subprocess.run(
        ["/bin/cat", "/proc/self/environ"],
        env={name.encode(): value for name, value in carried.items()},
        capture_output=True,
        check=True,
    )

    assert render_launch_file(carried) == done.stdout


@pytest.mark.parametrize("render", [render_env_file, render_launch_file])
def test_no_variables_are_an_empty_file(render: Callable[[dict[str, bytes]], bytes]) -> None:
    assert render({}) == b""


@given(CONTENTS, GOOD_NAMES)
def test_the_reading_reads_anything(contents: bytes, key: str) -> None:
    """The tests' own reading gives a value that is in the file, or refuses; else it would prove nothing."""
    try:
        value = read_env_file(contents, key.encode())
    except Malformed:
        return

    assert all(line in contents for line in value.split(b"\n"))
