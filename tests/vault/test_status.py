"""What the program says: lines of JSON in the log, and its last words in the Pod's log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.agent import log
from vault.contract.errors import PathRefused

FAILURE = PathRefused("Vault refuses a: é\n", hint="write a policy", vault="main", role="r", path="a", status=403)


def test_a_line_is_one_json_object_without_empty_fields(capsys: pytest.CaptureFixture[str]) -> None:
    """Level and message first, then what is not empty; a line end of a text does not end the line."""
    log.write("info", "two\nlines", path="a", status=0, cause="", files=2)

    assert capsys.readouterr().err == '{"level": "info", "message": "two\\nlines", "path": "a", "files": 2}\n'


def test_a_failure_is_said_with_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    """Reason, message, hint and where, in the order to be read; the exit code is the failure's."""
    assert log.report_failure(FAILURE) == 13
    said = capsys.readouterr().err

    assert said.isascii()
    assert list(json.loads(said)) == ["level", "reason", "message", "hint", "vault", "role", "path", "status"]


def test_last_words_are_left_where_the_kubelet_looks(tmp_path: Path) -> None:
    """What was there is replaced."""
    file = tmp_path / "termination-log"
    file.write_text("earlier" * 1000)

    log._leave_last_words('{"a": 1}', str(file))
    assert file.read_text() == '{"a": 1}'


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=9000) | st.integers(), max_size=6), st.integers(1, 9000))
def test_a_line_is_bounded_and_whole(fields: dict[str, object], times: int) -> None:
    """Whatever is in it, it is JSON, and the kubelet's 4,000 bytes hold it: texts are cut, not the line."""
    line = {"message": "m", **{f"f{name}": value for name, value in fields.items()}, "hint": "é\U0001f511" * times}
    for most in (4000, 12_000):
        rendered = log._rendered(line, most)
        assert len(rendered) <= most
        assert json.loads(rendered)["message"] == "m"


def test_no_file_for_last_words_is_made(tmp_path: Path) -> None:
    """Where the kubelet made none, nobody reads it; a place that cannot be written is no failure of its own."""
    log._leave_last_words("{}", str(tmp_path / "none"))
    log._leave_last_words("{}", str(tmp_path))

    assert list(tmp_path.iterdir()) == []
