"""Rule: what the program says: JSON lines on stderr, and its last words in the Pod's status.

Fact: the kubelet shows the file at `terminationMessagePath` (4,096 bytes) in `kubectl describe pod`, and GitOps tools
show it in their own UIs. The file is there before the program starts; where it is not, nothing is made.
"""

from __future__ import annotations

import json
import os
import sys

from vault.errors import UNEXPECTED_EXIT_CODE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.errors import Failure

TERMINATION_MESSAGE = "/dev/termination-log"
_MOST_BYTES = 4000


def log(level: str, message: str, **fields: object) -> None:
    """Write one line. Empty fields are left out."""
    line = {"level": level, "message": message, **{name: value for name, value in fields.items() if value}}
    _write_line(json.dumps(line))


def cause_of(failure: Failure) -> dict[str, str | int]:
    """The fields of a failure for a line that has a message of its own."""
    fields = failure.fields()
    return {"cause": fields.pop("message"), **fields}


def report_failure(failure: Failure) -> int:
    """Say why the Pod gets no secrets, in the log and in its status. Gives the exit code."""
    line = json.dumps({"level": "error", **failure.fields()})
    _write_line(line)
    _leave_last_words(line)
    return failure.exit_code


def report_unexpected(error: BaseException) -> int:
    """Say that omamori itself failed: the kind of error and the places in our code; its text may hold anything."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{os.path.basename(code.co_filename)}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    line = json.dumps(
        {
            "level": "error",
            "reason": "unexpected",
            "message": f"omamori itself failed: {type(error).__name__}",
            "hint": "this is a mistake of omamori; report it with this line, which holds no secret",
            "places": places[-8:],
        }
    )
    _write_line(line)
    _leave_last_words(line)
    return UNEXPECTED_EXIT_CODE


def _write_line(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _leave_last_words(line: str, path: str = TERMINATION_MESSAGE) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
    except OSError:
        return
    try:
        os.write(descriptor, line.encode()[:_MOST_BYTES])
    except OSError:
        pass  # the same line is in the log, which the kubelet falls back to
    finally:
        os.close(descriptor)
