"""What the machine remembers of its steps is for time alone."""

from __future__ import annotations

import pytest

from tests.support.vault.goregexps import Case, ask_ours, budget
from tests.support.vault.goregexps_cases import CASES
from vault.gotemplate.regexp.compiler import Compiler
from vault.gotemplate.regexp.machine import Machine
from vault.gotemplate.regexp.parser import Parser
from vault.gotemplate.regexp.regexp import Regexp
from vault.gotemplate.regexp.regexp import compile as compile_pattern


@pytest.mark.parametrize("case", [case for case, expected in CASES if not expected.code], ids=repr)
def test_a_machine_without_memory_does_the_same(case: Case) -> None:
    """A machine that forgets each step before the next one finds the same places."""
    counted = budget()
    parser = Parser(case.pattern, counted)
    program = Compiler(counted).compile(parser.parse(), parser.names)
    text = case.text * 3

    regexp = Regexp(case.pattern, Machine(program, counted, most_held=0), counted)

    assert regexp.find_all_submatch_index(text, -1) == ask_ours(Case(case.pattern, text)).all_index
    assert regexp.replace_all(text, b"<$0>") == ask_ours(Case(case.pattern, text, b"<$0>")).replaced


def test_a_pattern_is_used_again() -> None:
    """A pattern finds in each text what is there, whatever it was used for before."""
    regexp = compile_pattern(rb"(\w+)=(\d*)$|^x", budget())
    texts = [b"a=1", b"x", b"", b"a=", "é=\xff".encode("latin-1"), b"b b=2\n", b"a=1"]

    fresh = [compile_pattern(rb"(\w+)=(\d*)$|^x", budget()).find_submatch_index(each) for each in texts]

    assert [regexp.find_submatch_index(each) for each in texts] == fresh
    assert fresh == [
        (0, 3, 0, 1, 2, 3),
        (0, 1, -1, -1, -1, -1),
        None,
        (0, 2, 0, 1, 2, 2),
        None,
        None,
        (0, 3, 0, 1, 2, 3),
    ]
