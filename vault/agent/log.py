"""Logging of the program: JSON lines on stderr, and the termination message in the Pod's status.

A line is bounded, and written completely or not at all. A failure to write it is ignored.

Fact: the kubelet shows the file at `terminationMessagePath` (4,096 bytes) in `kubectl describe pod`, and GitOps tools
show it in their own UIs. The file is there before the program starts; where it is not, nothing is made.
Fact: container runtimes cut lines of more than 16 KiB into parts.
"""

from __future__ import annotations

import os
import sys

from vault.contract import cjson
from vault.contract.errors import UNEXPECTED_EXIT_CODE, Failure, Unexpected

TERMINATION_MESSAGE = "/dev/termination-log"
_MOST_LINE_BYTES = 12_000
_MOST_MESSAGE_BYTES = 4000
_LEAST_CHARACTERS = 20
_REPORT_HINT = "this is a mistake of omamori; report it with this line, which holds no secret"


def write(level: str, message: str, **fields: object) -> None:
    """Write one line. Empty fields are omitted."""
    line = {"level": level, "message": message, **{name: value for name, value in fields.items() if value}}
    _write_line(_rendered(line, _MOST_LINE_BYTES))


def cause_of(failure: Failure) -> dict[str, str | int]:
    """The fields of a failure for a line that has a message of its own."""
    fields = failure.fields()
    return {"cause": fields.pop("message"), **fields}


def report_failure(failure: Failure) -> int:
    """Report why the Pod gets no secrets, in the log and in its status. Returns the exit code."""
    _report({"level": "error", **failure.fields()})
    return failure.exit_code


def report_unexpected(error: BaseException) -> int:
    """Report a bug of omamori: the class of the error and code locations, not its text, which may hold secrets."""
    message = f"omamori itself failed: {type(error).__name__}"
    line = {"level": "error", "reason": "unexpected", "message": message, "hint": _REPORT_HINT}
    _report({**line, "places": _places(error)})
    return UNEXPECTED_EXIT_CODE


def as_failure(error: Exception) -> Failure:
    """Convert an error to a Failure: a Failure unchanged, any other by its class and code location."""
    if isinstance(error, Failure):
        return error
    return Unexpected(
        f"omamori itself failed: {type(error).__name__} at {', '.join(_places(error)[-3:])}", hint=_REPORT_HINT
    )


def _places(error: BaseException) -> list[str]:
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{os.path.basename(code.co_filename)}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-8:]


def _report(line: dict[str, object]) -> None:
    _write_line(_rendered(line, _MOST_LINE_BYTES))
    _leave_last_words(_rendered(line, _MOST_MESSAGE_BYTES))


def _rendered(line: dict[str, object], most: int) -> str:
    """Render a line as ASCII JSON of at most `most` bytes; longer texts are all cut equally."""
    rendered = cjson.dumps(line)
    characters = most
    while len(rendered) > most and characters > _LEAST_CHARACTERS:
        characters //= 2
        rendered = cjson.dumps({name: _cut(value, characters) for name, value in line.items()})
    return rendered


def _cut(value: object, characters: int) -> object:
    return f"{value[:characters]}…" if isinstance(value, str) and len(value) > characters else value


def _write_line(line: str) -> None:
    try:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()  # writes on where a write was short; what an error leaves comes before the next line
    except OSError:
        return


def _leave_last_words(line: str, path: str = TERMINATION_MESSAGE) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
    except OSError:
        return
    try:
        os.write(descriptor, line.encode())  # to a file, at once or not at all, as long as it is short
    except OSError:
        pass  # the same line is in the log, which the kubelet falls back to
    finally:
        os.close(descriptor)
