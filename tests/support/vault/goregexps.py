"""A pattern with a text, and what ours makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from vault.gotemplate.errors import LimitExceeded
from vault.gotemplate.limits import Budget, Limits
from vault.gotemplate.regexp.errors import PatternError
from vault.gotemplate.regexp.regexp import compile as compile_pattern
from vault.gotemplate.regexp.regexp import quote_meta


@dataclass(frozen=True)
class Case:
    """What is asked; `most` is for find_all and split."""

    pattern: bytes
    text: bytes = b""
    replacement: bytes = b""
    most: int = -1


@dataclass(frozen=True)
class Answer:
    """What each method gives, or in `code` and `piece` why the pattern is none.

    `is_limit`: ours would take too much.
    """

    code: str = ""
    piece: bytes = b""
    is_limit: bool = False
    names: tuple[bytes, ...] = ()
    match: bool = False
    find: bytes | None = None
    index: tuple[int, ...] | None = None
    all: list[bytes] = field(default_factory=list)
    all_index: list[tuple[int, ...]] = field(default_factory=list)
    replaced: bytes = b""
    literal: bytes = b""
    split: list[bytes] = field(default_factory=list)
    quoted: bytes = b""


def budget(steps: int = 1_000_000, made_bytes: int = 8 * 1024 * 1024) -> Budget:
    """Return what an execution of a template has, or another amount."""
    return Budget(Limits(steps=steps, made_bytes=made_bytes), lambda: False)


def ask_ours(case: Case) -> Answer:
    """Return what ours answers; an exception that is none of its own is the test's failure."""
    counted = budget()
    try:
        regexp = compile_pattern(case.pattern, counted)
        return Answer(
            names=regexp.names,
            match=regexp.match(case.text),
            find=regexp.find(case.text),
            index=regexp.find_submatch_index(case.text),
            all=regexp.find_all(case.text, case.most),
            all_index=regexp.find_all_submatch_index(case.text, case.most),
            replaced=regexp.replace_all(case.text, case.replacement),
            literal=regexp.replace_all_literal(case.text, case.replacement),
            split=regexp.split(case.text, case.most),
            quoted=quote_meta(case.text, counted),
        )
    except PatternError as error:
        return Answer(error.code, error.piece)
    except LimitExceeded as error:
        return Answer(error.reason, is_limit=True)
