"""The formats env and dotenv, by their real readers: /bin/sh and python-dotenv."""

from __future__ import annotations

import io
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dotenv
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.support.vault.secrets import NAMES, TEXTS, from_vault
from vault.agent.render.files import render_files
from vault.agent.render.formats import doubtful_keys
from vault.contract.errors import NotRepresentable
from vault.contract.plan import Output

VARIABLES = st.dictionaries(NAMES, TEXTS.filter(lambda text: "\0" not in text), min_size=1, max_size=8)


def _render(values: Mapping[str, Any], format_name: str, key: str | None = None) -> bytes:
    output = Output(directory="/d", name="db.env", mode="0400", format=format_name, key=key, annotation="a")
    [file] = render_files(output, values)
    return file.contents.reveal()


def _read_by_sh(contents: bytes, names: list[str], folder: Path) -> dict[str, str]:
    """Source the contents in /bin/sh, and print each variable with a byte after it that none can have."""
    file = folder / "db.env"
    file.write_bytes(contents)
    script = f". '{file}'\n" + "".join(f"printf '%s\\000' \"${name}\"\n" for name in names)
    done = subprocess.run(
        ["/bin/sh", "-eu"], input=script.encode(), capture_output=True, check=True, env={"LC_ALL": "C"}
    )
    assert done.stderr == b""
    *values, rest = done.stdout.split(b"\0")
    assert rest == b""
    return {name: value.decode() for name, value in zip(names, values, strict=True)}


def _read_by_dotenv(contents: bytes) -> dict[str, str | None]:
    return dict(dotenv.dotenv_values(stream=io.StringIO(contents.decode(), newline=None), interpolate=True))


@settings(max_examples=60)
@given(VARIABLES)
@example({"k_": "$(touch /tmp/x) `id` \\ ' '' \"\n\r\t!\x01\x7fé\U0001f512 "})
@example({"k_": "", "k_a": "'", "k_b": "\\'", "k_c": "\n"})
def test_sh_reads_every_value_byte_for_byte(values: dict[str, str]) -> None:
    """Any text without a NUL comes back from `. file`, and nothing in it is run or expanded."""
    with tempfile.TemporaryDirectory() as folder:
        assert _read_by_sh(_render(values, "env"), list(values), Path(folder)) == values


@given(VARIABLES)
@example({"k_": "${HOME} $HOME"})
@example({"k_": "it's"})
@example({"k_": 'it\'s "quoted"'})
@example({"k_": " # no comment "})
def test_dotenv_reads_what_is_not_refused(values: dict[str, str]) -> None:
    """A dotenv file is read as it was meant, with the reader's interpolation on, or it is not written."""
    try:
        contents = _render(values, "dotenv")
    except NotRepresentable as refused:
        assert refused.hint
        return

    assert _read_by_dotenv(contents) == values


@given(VARIABLES)
@example({"k_": "a\rb"})
@example({"k_": "a\\nb", "k_a": "x"})
def test_an_env_file_warns_of_what_dotenv_reads_otherwise(values: dict[str, str]) -> None:
    """Where a dotenv reader gives another value than the shell, the key is named; no other is a reason to fear."""
    output = Output(directory="/d", name="db.env", mode="0400", format="env")
    for name, value in values.items():
        alone = {name: value}
        if _read_by_dotenv(_render(alone, "env")) != alone:
            assert doubtful_keys(output, alone) == [name]


@pytest.mark.parametrize("value", ["plain", "", " two words ", '"quoted"', "#", "$HOME", "line\nend", "é", "`id`"])
def test_most_values_are_no_reason_to_warn(value: str) -> None:
    """A warning that always comes is read by nobody."""
    output = Output(directory="/d", name="db.env", mode="0400", format="env")

    assert doubtful_keys(output, {"k_": value}) == []
    assert _read_by_dotenv(_render({"k_": value}, "env")) == {"k_": value}


def test_structures_numbers_and_keys_are_looked_at_for_the_warning() -> None:
    """A structure is judged by its JSON; of one key that is asked for, only that; of other formats, nothing."""
    values = from_vault(r"""{"a": {"x": "back\\slash"}, "b": 1.10, "c": "it's", "d": null}""")
    output = Output(directory="/d", name="db.env", mode="0400", format="env")

    assert doubtful_keys(output, values) == ["a", "c"]
    assert doubtful_keys(output.replace(key="b"), values["b"]) == []
    assert doubtful_keys(output.replace(key="c"), values["c"]) == ["c"]
    assert doubtful_keys(output.replace(key="d"), values["d"]) == []


@pytest.mark.parametrize("format_name", ["env", "dotenv"])
@pytest.mark.parametrize("name", ["", "1a", "a-b", "a.b", "a b", "é", "a=b", "a\nb", "a$(id)", "²"])
def test_a_key_that_is_no_name_of_a_variable_is_refused(format_name: str, name: str) -> None:
    """Such a key could not be assigned, or would be a command; the error names it and the way out."""
    with pytest.raises(
        NotRepresentable, match=f"cannot be the name of a variable, which the format {format_name}"
    ) as refused:
        _render({name: "x"}, format_name)

    assert "json" in refused.value.hint
    assert refused.value.annotation == "a"


@pytest.mark.parametrize(
    ("format_name", "value"), [("env", "a\0b"), ("dotenv", "a\0b"), ("dotenv", "a\rb"), ("dotenv", "'\\")]
)
def test_a_value_that_no_reader_can_have_is_refused(format_name: str, value: str) -> None:
    """The error names the key, never the value."""
    with pytest.raises(NotRepresentable, match="the key 'k_' has") as refused:
        _render({"k_": value}, format_name)

    assert value not in str(refused.value)
    assert refused.value.hint


@pytest.mark.parametrize("format_name", ["env", "dotenv"])
def test_values_that_are_no_text_are_json(format_name: str) -> None:
    """Numbers keep their text, structures are compact JSON."""
    values = from_vault('{"k_n": 1.10, "k_t": true, "k_s": {"a": [1, "b"]}, "k_i": 1E400}')

    read = _read_by_dotenv(_render(values, format_name))

    assert read == {"k_n": "1.10", "k_t": "true", "k_s": '{"a":[1,"b"]}', "k_i": "1E400"}


@given(TEXTS)
def test_one_key_can_be_an_env_file(value: str) -> None:
    """With a key, the file has that one variable."""
    assume("\0" not in value)

    assert _render({"k_": value, "k_other": "x"}, "env", "k_") == _render({"k_": value}, "env")
