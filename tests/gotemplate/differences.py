"""Ask Go and ours the same templates, and count."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.gotemplate.consul_generator import generate_with_functions
from tests.gotemplate.generator import generate
from tests.gotemplate.oracle import ask_consul_template, ask_go
from tests.gotemplate.sprig_generator import generate_with_sprig
from tests.support.vault.gotemplates import Answer, Case, ask_ours, ask_ours_with_functions
from vault.gotemplate.builtins import BUILTINS
from vault.gotemplate.functions.table import MODULES
from vault.gotemplate.lexer import Lexer
from vault.gotemplate.tokens import EOF, ERROR, IDENTIFIER, KEYWORDS, RAW_STRING, STRING

if TYPE_CHECKING:
    from collections.abc import Iterable

_VERB = re.compile(rb"%[-+# 0]*(?:\[\d*\])?[\d*]*(?:\.(?:\[\d*\])?[\d*]*)?(?:\[\d*\])?([A-Za-z%])")
_WORDS = frozenset(KEYWORDS.values()) - {"."}
# of ours, and of Go's; tests/vault/gotemplate/test_choices.py has what they are
REFUSED_BY_CHOICE = (
    "the address of a value",
    "not supported here",
    "len of type <-chan int64",
    "sprig_b64dec: illegal base64 data",
    "sprig_b32dec: illegal base32 data",
    "sprig_fromJson: a number of JSON that is out of range",
    "sprig_slice: index out of range",
    "sprig_mustSlice: index out of range",
)
TAKEN_BY_CHOICE = "error calling slice: cannot index slice/array with type interface {}"


@dataclass
class Difference:
    """A template on which Go and ours do not agree."""

    seed: int
    case: Case
    go: Answer
    ours: Answer

    def __str__(self) -> str:
        return f"seed {self.seed}\n  {self.case}\n  Go:   {self.go}\n  ours: {self.ours}"


@dataclass
class Count:
    """What a run has seen. `used` counts the templates that rendered on both sides and have a word or verb."""

    templates: int = 0
    rendered: int = 0
    refused: int = 0
    by_choice: int = 0
    other_places: list[Difference] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    used: Counter[str] = field(default_factory=Counter)

    def table(self) -> str:
        """Return the count for people."""
        summary = (
            f"{self.templates} templates: {self.rendered} rendered alike, {self.refused} refused by both "
            f"({len(self.other_places)} of them at another place), {self.by_choice} different by choice, "
            f"{len(self.differences)} differences"
        )
        lines = [summary] + [f"  {name:12} {count}" for name, count in sorted(self.used.items())]
        return "\n".join(lines)


def compare(seeds: Iterable[int], count: Count) -> None:
    """Ask both about the templates of the seeds."""
    wanted = list(seeds)
    cases = [generate(each) for each in wanted]
    for seed, case, go in zip(wanted, cases, ask_go(cases), strict=True):
        _judge(Difference(seed, case, go, ask_ours(case)), count)


def compare_functions(seeds: Iterable[int], count: Count) -> None:
    """Ask both about the templates of the seeds that have functions of Consul-Template."""
    wanted = list(seeds)
    cases = [generate_with_functions(each) for each in wanted]
    for seed, case, go in zip(wanted, cases, ask_consul_template(cases), strict=True):
        _judge(Difference(seed, case, go, ask_ours_with_functions(case)), count)


def compare_sprig(seeds: Iterable[int], count: Count) -> None:
    """Ask both about the templates of the seeds that have functions of sprig."""
    wanted = list(seeds)
    cases = [generate_with_sprig(each) for each in wanted]
    for seed, case, go in zip(wanted, cases, ask_consul_template(cases), strict=True):
        _judge(Difference(seed, case, go, ask_ours_with_functions(case)), count)


def _judge(asked: Difference, count: Count) -> None:
    """Count a template, which may be one on which both agree."""
    go, ours = asked.go, asked.ours
    count.templates += 1
    if ours.output is not None and ours.output == go.output:
        count.rendered += 1
        count.used.update(words(asked.case))
    elif ours.output is None and go.output is None and ours.place() == go.place():
        count.refused += 1
    elif any(each in ours.error for each in REFUSED_BY_CHOICE) or go.error.endswith(TAKEN_BY_CHOICE):
        count.by_choice += 1
    elif ours.output is None and go.output is None:
        count.refused += 1
        if not (ours.is_limit or go.is_limit) and ours.place() != go.place():
            count.other_places.append(asked)
    else:
        count.differences.append(asked)


def words(case: Case) -> set[str]:
    """Return the keywords, functions and verbs that a template has."""
    lexer = Lexer(case.template, case.left.encode() or b"{{", case.right.encode() or b"}}")
    found: set[str] = set()
    after_printf = False
    while (token := lexer.next()).kind not in (EOF, ERROR):
        text = token.text.decode(errors="replace")
        if token.kind in _WORDS:
            found.add(token.kind)
        elif token.kind == IDENTIFIER and (text in BUILTINS or text in MODULES):
            found.add(text)
        elif token.kind in (STRING, RAW_STRING) and after_printf:
            found.update(f"%{verb.decode()}" for verb in _VERB.findall(token.text))
        after_printf = text == "printf" or (after_printf and token.kind == "space")
    return found
