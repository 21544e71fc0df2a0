"""Why a template fails. No error has a value of the data in it: it names what the template says, and types.

Go puts values into some of these messages ("range can't iterate over ..."), which would put secrets into logs.
"""

from __future__ import annotations


class TemplateError(Exception):
    """A template cannot be parsed or executed. `line` counts from 1, 0 where no place is to blame."""

    def __init__(
        self, message: str, *, name: str = "", line: int = 0, column: int = -1, executing: str = "", context: str = ""
    ) -> None:
        """Take what is wrong and where. `column` counts bytes from 0; -1: it is not known.

        While a template is executed, `context` is the piece of it that is to blame, and `executing` the name by which
        it is defined.
        """
        self.reason = message
        self.name = name
        self.line = line
        self.column = column
        place = f"{name}:{line}" if line else name
        if column >= 0:
            place += f':{column}: executing "{executing}" at <{context}>'
        super().__init__(f"template: {place}: {message}")


class ParseError(TemplateError):
    """The text is no template."""


class ExecutionError(TemplateError):
    """The template does not fit its data."""


class LimitExceeded(TemplateError):
    """The template would take more than it may; `limits` says of what."""


class Fault(Exception):
    """What a function or an operand refuses, without a place yet; the evaluator turns it into an ExecutionError."""
