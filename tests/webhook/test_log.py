"""Lines of the log: always one JSON object, whatever a library wants to say."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.canary import Canary, occurrences
from webhook.log import Log


def _lines(stream: io.BytesIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@given(st.text(st.characters()), st.text(st.characters()))
def test_any_text_is_one_line(message: str, field: str) -> None:
    """Line ends, NUL and halves of surrogate pairs come back from a line as they were."""
    stream = io.BytesIO()
    Log(stream).info(message, field=field)

    [line] = _lines(stream)
    assert (line["message"], line["field"]) == (message, field)


def test_what_is_no_json_is_its_text() -> None:
    """A field of any type is written, not raised."""
    stream = io.BytesIO()
    Log(stream).info("x", field={1}, path=b"y")

    [line] = _lines(stream)
    assert (line["field"], line["path"]) == ("{1}", "b'y'")


@pytest.mark.parametrize(("level", "count"), [("debug", 3), ("info", 3), ("warning", 2), ("error", 1)])
def test_level(level: str, count: int) -> None:
    """Only lines of the level and above are written; failures always."""
    stream = io.BytesIO()
    log = Log(stream, level)
    log.info("a")
    log.warning("b")
    log.failure("c", ValueError())

    assert len(_lines(stream)) == count


def test_a_failure_is_places_without_its_text() -> None:
    """An exception's own words never get into a line."""
    stream, canary = io.BytesIO(), Canary.random()
    try:
        int(canary.value)  # its error shows the text
    except ValueError as error:
        Log(stream).failure("internal error", error)

    [line] = _lines(stream)
    assert line["exception"] == "ValueError"
    assert "test_log.py" in line["places"][0]
    assert not occurrences(canary, stream.getvalue())
