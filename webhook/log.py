"""One JSON object a line, and one line a decision, with the same fields in the same order.

No annotation value, no part of a Pod and no exception's text goes into a line: a traceback is logged as places in our
code, without values. Our own lines are written directly, as bytes; logging's machinery, which takes longer than a
decision, is there for what uvicorn says.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any, BinaryIO

import orjson

LEVELS = ("debug", "info", "warning", "error")
_A_LINE = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z


class Log:
    """Writes lines of a level and above to a stream, each at once."""

    def __init__(self, stream: BinaryIO, level: str = "info") -> None:
        """`level` is one of LEVELS."""
        self._stream = stream
        self._least = LEVELS.index(level)

    def info(self, message: str, **fields: object) -> None:
        """What happened."""
        if self._least <= 1:
            self._write("info", message, fields)

    def warning(self, message: str, **fields: object) -> None:
        """What an operator may have to look at."""
        if self._least <= 2:  # noqa: PLR2004 - the index of the level
            self._write("warning", message, fields)

    def failure(self, message: str, error: BaseException, **fields: object) -> None:
        """An error of ours: its kind and the places in the code, never its text."""
        places = [f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_tb(error.__traceback__)]
        self._write("error", message, {**fields, "exception": type(error).__name__, "places": places})

    def _write(self, level: str, message: str, fields: dict[str, Any]) -> None:
        line = {"time": datetime.now(UTC), "level": level, "message": message, **fields}
        try:
            rendered = orjson.dumps(line, default=str, option=_A_LINE)
        except TypeError:  # half of a surrogate pair, which orjson refuses; a library may log anything
            rendered = json.dumps(line, default=str).encode() + b"\n"
        self._stream.write(rendered)
        self._stream.flush()


class ForeignLines(logging.Handler):
    """Takes what libraries log to a Log. Their exceptions are shown as ours are."""

    def __init__(self, log: Log) -> None:
        """Take everything that reaches the handler; the level is the logger's."""
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        if record.exc_info and record.exc_info[1] is not None:
            self._log.failure(record.msg, record.exc_info[1], logger=record.name)
        elif record.levelno >= logging.WARNING:
            self._log.warning(record.getMessage(), logger=record.name)
        else:
            self._log.info(record.getMessage(), logger=record.name)


def take_foreign_lines(log: Log) -> None:
    """Send everything that is logged by libraries in this process to a Log, but for uvicorn's line a request."""
    logging.basicConfig(level=logging.INFO, handlers=[ForeignLines(log)], force=True)
    logging.getLogger("uvicorn.access").disabled = True
