"""The format ini, by its real reader: configparser, as it is and as botocore calls it."""

from __future__ import annotations

import configparser
from pathlib import Path
from typing import Any

import botocore.configloader
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.secrets import TEXTS, from_vault
from vault.agent.render.files import render_files
from vault.contract.errors import NotRepresentable
from vault.contract.plan import Output

OUTPUT = Output(directory="/d", name="f", mode="0400", format="ini", annotation="a")
NAMES = st.text("abAB_-. é", min_size=1, max_size=4) | TEXTS


def _render(values: dict[str, Any], **fields: Any) -> str:
    (file,) = render_files(OUTPUT.replace(**fields), values)
    contents: bytes = file.contents.reveal()
    return contents.decode()


def _read(text: str) -> dict[str, dict[str, str]]:
    reader = configparser.RawConfigParser(default_section=None)  # type: ignore[call-overload] # as botocore does
    reader.read_string(text)
    return {section: dict(reader.items(section)) for section in reader.sections()}


@given(
    st.dictionaries(NAMES, TEXTS | st.dictionaries(NAMES, TEXTS, max_size=3), max_size=4),
    st.sampled_from(["default", "profile shop"]),
)
def test_configparser_reads_what_is_written(values: dict[str, Any], section: str) -> None:
    """Each value under its name, in its section; or it is refused."""
    try:
        text = _render(values, section=section)
    except NotRepresentable:
        return
    own = {name.lower(): value for name, value in values.items() if not isinstance(value, dict)}
    expected = {
        name: {key.lower(): value for key, value in each.items()}
        for name, each in values.items()
        if isinstance(each, dict)
    }
    assert _read(text) == (expected if expected and not own else {section: own, **expected})


def test_credentials_of_aws(tmp_path: Path) -> None:
    """As botocore loads them, profiles and all."""
    values = {"access_key": "AKIA", "secret_key": "a/b+c=#;%'\"", "eu": {"aws_access_key_id": "AKIB"}}
    renames = (("access_key", "aws_access_key_id"), ("secret_key", "aws_secret_access_key"))
    file = tmp_path / "credentials"
    file.write_text(_render(values, renames=renames))
    assert botocore.configloader.raw_config_parse(str(file)) == {
        "default": {"aws_access_key_id": "AKIA", "aws_secret_access_key": "a/b+c=#;%'\""},
        "eu": {"aws_access_key_id": "AKIB"},
    }


def test_values_that_are_no_text() -> None:
    """Numbers keep their text, lists are JSON, and one key alone is a line."""
    assert _render(from_vault('{"a": 1.50, "b": true, "c": [1]}')) == "[default]\na=1.50\nb=true\nc=[1]\n"
    assert _render({"a": "b", "c": "d"}, key="a", section="s") == "[s]\na=b\n"
    assert _render({}) == "[default]\n"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"a": "b\nc"}, "has a line end"),
        ({"a": "b\r"}, "has a line end"),
        ({"a": " b"}, "a blank at an end"),
        ({"a": "b\u2028"}, "a blank at an end"),
        ({"a": "b\0c"}, "a NUL"),
        ({"a": None}, "is null"),
        ({"a=b": "c"}, "cannot be a name in an INI file"),
        ({"a:b": "c"}, "cannot be a name in an INI file"),
        ({"#a": "c"}, "cannot be a name in an INI file"),
        ({"[a]": "c"}, "cannot be a name in an INI file"),
        ({"": "c"}, "cannot be a name in an INI file"),
        ({"a": "b", "A": "c"}, "is there twice"),
        ({"x]": {"a": "b"}}, "cannot be a section"),
        ({"DEFAULT": {"a": "b"}}, "cannot be a section"),
        ({"default": {"a": "b"}, "c": "d"}, "second section"),
    ],
)
def test_what_ini_cannot_carry_is_refused(values: dict[str, Any], words: str) -> None:
    """With the key's name, and never its value."""
    with pytest.raises(NotRepresentable, match=words):
        _render(values)
