"""Rule: one JSON object a line, and one line a decision, with the same fields in the same order.

No annotation value, no part of a Pod and no exception's text from outside goes into a line: a traceback is logged as
places in our code, without values.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

LOGGER = logging.getLogger("omamori")


class JsonLines(logging.Formatter):
    """A record as one line of JSON: time, level, message, then the fields that were logged with it."""

    def format(self, record: logging.LogRecord) -> str:
        """Render a record. Never raises for a field that JSON does not know: it is shown as text."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["traceback"] = places(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(level: str, stream: TextIO = sys.stderr) -> None:
    """Send everything that is logged, uvicorn's lines too, to a stream as JSON lines."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("uvicorn.access").disabled = True


def places(error: BaseException | None) -> list[str]:
    """Say where an exception came from, as `file:line function`: what happened there may hold values."""
    frames = traceback.extract_tb(error.__traceback__ if error else None)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def info(message: str, fields: Mapping[str, Any]) -> None:
    """Log a line with fields."""
    LOGGER.info(message, extra={"fields": fields})
