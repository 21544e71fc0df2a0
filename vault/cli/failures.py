"""Render errors as lines for people, each with what to do."""

from __future__ import annotations

import click

from vault.contract.errors import Failure
from vault.errors import UserError

OURS = (click.UsageError, Failure, UserError)


def lines_of(error: Exception) -> list[str]:
    """Return a line for each problem."""
    if isinstance(error, UserError):
        return error.lines
    if isinstance(error, Failure):
        return [f"{error.message}; {error.hint}" if error.hint else error.message]
    if isinstance(error, click.ClickException):
        return error.message.splitlines()
    return str(error).splitlines()
