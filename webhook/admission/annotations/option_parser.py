"""Parse the values of the options of an annotation, by the rows of a table: the fields of a spec."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vault.contract.shown import shown
from webhook.admission.problems import Problem, Problems
from webhook.admission.reasons import Reason
from webhook.config.row import Row


def parse_option_values(
    options: Iterable[tuple[str, str]], known: Mapping[str, Row], problems: Problems, *, more: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return the fields that options give; what is wrong is added to `problems`, and the field is then None.

    `known` are the rows by the option's name; `more` are names of options that are parsed elsewhere.
    """
    fields: dict[str, Any] = {}
    for option, argument in options:
        row = known.get(option)
        if row is None:
            listed = ", ".join([*known, *more])
            problems.add(option_problem(f"has an unknown option {shown(option, 40)}=; the options are {listed}"))
        elif row.field in fields:
            problems.add(option_problem(f"has the option {shown(option, 40)}= twice"))
        else:
            try:
                fields[row.field] = row.parse(argument)
            except ValueError as error:
                problems.add(option_problem(f"option {option}= {error}"))
                fields[row.field] = None
    return fields


def option_problem(what: str) -> Problem:
    """Make the problem of an option; the annotation is named by whoever knows it."""
    return Problem(Reason.ANNOTATION, "", what)
