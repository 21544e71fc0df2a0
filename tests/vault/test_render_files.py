"""From an Output and a secret to files: raw values, maps, decoding, and what is refused."""

from __future__ import annotations

import base64
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.secrets import TEXTS, from_vault
from vault.agent.render.files import render_files
from vault.contract.errors import KeyMissing, NotRepresentable
from vault.contract.plan import Output

RAW = Output(directory="/d", name="out", mode="0440", key="k", annotation="file.omamori.dev/out")
MAP = Output(directory="/d", name="all", mode="0440", format="map", annotation="file.omamori.dev/all")


def _raw(values: dict[str, Any], **fields: Any) -> bytes:
    [file] = render_files(RAW.replace(**fields), values)
    return file.contents.reveal()


@given(TEXTS)
def test_a_key_alone_is_its_bytes(value: str) -> None:
    """Text is written as UTF-8, without a line end of ours."""
    assert _raw({"k": value}) == value.encode()


@pytest.mark.parametrize(
    ("json_text", "expected"),
    [
        ("1.10", b"1.10"),
        ("true", b"true"),
        ("[1,  2]", b"[1,2]"),
        ('{"a": "\\u00e9"}', '{"a":"é"}'.encode()),
        ('""', b""),
    ],
)
def test_what_is_no_text_is_json(json_text: str, expected: bytes) -> None:
    """Numbers keep their text, structures are compact JSON."""
    assert _raw(from_vault(f'{{"k": {json_text}}}')) == expected


def test_a_file_has_the_name_and_mode_of_its_output() -> None:
    """The octal text of the mode is the number of the file."""
    [file] = render_files(RAW.replace(name="a/b.txt", mode="0755"), {"k": "v"})

    assert (file.name, file.mode) == ("a/b.txt", 0o755)


@given(st.binary())
def test_base64_is_decoded(value: bytes) -> None:
    """With decode=base64 the bytes come out, also of base64 that is broken into lines."""
    assert _raw({"k": base64.b64encode(value).decode()}, decode="base64") == value
    assert _raw({"k": base64.encodebytes(value).decode()}, decode="base64") == value


@pytest.mark.parametrize("value", ["a", "abc", "ab=c", "_-==", "aGk=x", "é", "aGk", "====", "aGk=\0"])
def test_what_is_no_base64_is_refused(value: str) -> None:
    """Half a decoding would be a wrong secret; the message names the key alone."""
    with pytest.raises(NotRepresentable, match="the key 'k' is not base64") as refused:
        _raw({"k": value}, decode="base64")

    assert refused.value.annotation == "file.omamori.dev/out"


@pytest.mark.parametrize("output", [RAW, MAP.replace(key="k"), RAW.replace(format="json")])
def test_a_missing_key_is_named_with_those_that_are_there(output: Output) -> None:
    """The hint lists the names of the keys, in order, and no value."""
    with pytest.raises(KeyMissing, match="the secret has no key 'k'") as missing:
        render_files(output, {"b": "secret-value", "a": "x"})

    assert missing.value.hint == "it has: a, b"
    assert missing.value.annotation == output.annotation


def test_a_null_is_no_text() -> None:
    """An empty file would hide the mistake."""
    with pytest.raises(NotRepresentable, match="the key 'k' is null"):
        _raw({"k": None})


def test_a_map_is_a_file_a_key() -> None:
    """Each key is a file in the folder of the Output, of its value's bytes."""
    files = render_files(MAP, from_vault('{"user": "u", ".hidden": "h", "a b": 1.10, "ü": {"x": true}}'))

    assert {file.name: file.contents.reveal() for file in files} == {
        "all/user": b"u",
        "all/.hidden": b"h",
        "all/a b": b"1.10",
        "all/ü": b'{"x":true}',
    }
    assert {file.mode for file in files} == {0o440}


def test_a_map_of_one_key_that_is_a_map() -> None:
    """With a key, the map is that key's value; a key that is none is refused."""
    [file] = render_files(MAP.replace(key="k"), {"k": {"a": "b"}})

    assert (file.name, file.contents.reveal()) == ("all/a", b"b")
    with pytest.raises(NotRepresentable, match="the key 'k' is not a map"):
        render_files(MAP.replace(key="k"), {"k": "text"})


@pytest.mark.parametrize("name", ["", ".", "..", "..data", "a/b", "/etc/passwd", "../../x", "a\0b"])
def test_a_key_that_is_no_file_name_is_refused(name: str) -> None:
    """No key leads out of its folder, or to what publishing uses."""
    with pytest.raises(NotRepresentable, match="cannot be a file name") as refused:
        render_files(MAP, {"good": "x", name: "y"})

    assert refused.value.hint


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127])
def test_a_key_may_be_as_long_as_a_file_name(name: str) -> None:
    """255 bytes are a name, more are refused."""
    assert len(render_files(MAP, {name: "x"})) == 1
    with pytest.raises(NotRepresentable, match="more than 255 bytes"):
        render_files(MAP, {name + "é": "x"})


@given(st.dictionaries(TEXTS, TEXTS, max_size=4))
def test_any_secret_is_a_map_or_refused(values: dict[str, str]) -> None:
    """No keys make it fail in any other way; what comes out are single names below the folder."""
    try:
        files = render_files(MAP, values)
    except NotRepresentable:
        return

    assert all(file.name.count("/") == 1 and file.name.startswith("all/") for file in files)
    assert len({file.name for file in files}) == len(values)


@pytest.mark.parametrize("character", ["A", "'", "\x7f", "é", "\U0001f512"])
@pytest.mark.parametrize("format_name", ["raw", "json", "yaml", "env", "properties"])
def test_the_largest_secret_takes_little_memory(format_name: str, character: str) -> None:
    """Whatever a secret is made of, rendering it takes a few times its file: our memory limit leaves no more."""
    values = {"key": character * (380_000 // len(character.encode()))}
    output = Output(directory="/d", name="f", mode="0400", key="key", format=format_name)
    tracemalloc.start()
    try:
        (file,) = render_files(output, values)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 4 * len(file.contents.reveal()) + 64 * 1024
