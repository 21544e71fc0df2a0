"""Log one JSON object per line, and one line per decision, with fixed fields in a fixed order.

A line never contains an annotation value, a part of a Pod or the text of an exception: a traceback is logged as code
locations without values. Our own lines are written directly as bytes, because the logging module takes longer than a
decision; it is used only for uvicorn's lines.
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
    """Writes lines of a level and above to a stream, unbuffered."""

    def __init__(self, stream: BinaryIO, level: str = "info") -> None:
        """`level` is one of LEVELS."""
        self._stream = stream
        self._least = LEVELS.index(level)

    def info(self, message: str, **fields: object) -> None:
        """Log an event."""
        if self._least <= 1:
            self._write("info", message, fields)

    def warning(self, message: str, **fields: object) -> None:
        """Log something that an operator may have to check."""
        if self._least <= 2:  # noqa: PLR2004 - the index of the level
            self._write("warning", message, fields)

    def failure(self, message: str, error: BaseException, **fields: object) -> None:
        """Log a bug: the class of the error and the code locations, never its text."""
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
    """Writes log records of libraries to a Log. Their exceptions are shown like ours."""

    def __init__(self, log: Log) -> None:
        """Accept all records; the logger's level filters them."""
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
    """Write all log records of libraries in this process to a Log, except uvicorn's access log."""
    logging.basicConfig(level=logging.INFO, handlers=[ForeignLines(log)], force=True)
    logging.getLogger("uvicorn.access").disabled = True
