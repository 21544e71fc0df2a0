"""A pattern can neither hang a node nor exhaust it: it takes linear time, or ends by the budget."""

from __future__ import annotations

import gc
import time
import tracemalloc

import pytest

from tests.support.vault.goregexps import budget
from vault.gotemplate.errors import LimitExceeded
from vault.gotemplate.limits import Budget, Limits
from vault.gotemplate.regexp.errors import PatternError
from vault.gotemplate.regexp.regexp import compile as compile_pattern

MIB = 1024 * 1024
MOST_SECONDS = 30  # of a test that is traced, on a machine that does other things
LONG = b"a" * 100_000
MIXED = (b"abbabbabbaaabbb") * 6_000
WIDE = "日é".encode() * 20_000

# Python's re takes exponential or quadratic time, or the memory of a large program, for these.
# The last is a word of the limit at which it ends, "" if it does not.
HOSTILE: list[tuple[bytes, bytes, str]] = [
    (b"(a*)*b", LONG, ""),
    (b"(a|a)*b", LONG, ""),
    (b"(a|aa)*$", LONG, ""),
    (b"((((a*)*)*)*)*b", LONG, ""),
    (b"(.*)(.*)(.*)(.*)b", LONG, ""),
    (rb"(\w+\s?)*!", LONG, ""),
    (b"^(([a-z])+.)+[A-Z]([a-z])+$", LONG, ""),
    (b"(.)(.)(.)(.)(.)$", MIXED, ""),
    (b"a+b|a", LONG, "steps"),  # in Go, too, each match looks to the end
    (b"(a?){500}a{500}", LONG, "steps"),
    (b"(?:a|b){1000}c", LONG, "steps"),
    (b"(a{1,30}){1,30}y", LONG, "steps"),
    (b"(a|b)*a(a|b){14}c", MIXED, ""),
    (b"[ab]*a[ab]{100}c", MIXED, "steps"),
    (b"(|a){1000}b", LONG, "steps"),
    (b"(a)" * 2000, LONG, "steps"),
    (b"(a)?" * 1000 + b"$", LONG, "steps"),
    (b"()" * 50_000, LONG, "bytes"),
    (b"(" * 100_000, b"", "bytes"),
    (b"(?:" * 45_000, b"", "bytes"),
    (b"a*" * 60_000, LONG, "bytes"),
    (b"(a{1000})" * 200, LONG, "bytes"),
    (b"[" + b"[:" * 50_000, b"", "steps"),
    (rb"(?i)[\x{41}-\x{1e942}]" * 40, WIDE, "steps"),
    ("".join(map(chr, range(0x4E00, 0x7000))).encode(), WIDE, "bytes"),
    ("".join(f"[^{chr(each)}]" for each in range(0x4E00, 0x5400)).encode(), WIDE, "bytes"),
    (rb"\Q" + b"." * 100_000, LONG, "bytes"),
]


def use(pattern: bytes, text: bytes, counted: Budget) -> None:
    """Do what costs the most: look everywhere, with places of groups."""
    compile_pattern(pattern, counted).replace_all(text, b"$1")


@pytest.mark.parametrize(("pattern", "text", "limit"), HOSTILE, ids=lambda each: repr(each)[:24])
def test_a_hostile_pattern_ends(pattern: bytes, text: bytes, limit: str) -> None:
    """It ends, by itself or at the limit of a template, without having taken much time or memory."""
    started = time.monotonic()
    tracemalloc.start()
    try:
        if limit:
            with pytest.raises(LimitExceeded, match=limit):
                use(pattern, text, budget(steps=300_000))  # traced, what is slow is slower
        else:
            use(pattern, text, budget())
        assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    finally:
        tracemalloc.stop()

    assert time.monotonic() - started < MOST_SECONDS


@pytest.mark.parametrize(
    "pattern", [b"(a*)*b", b"(a|a)*b", b"(a|aa)*$", b"(.*)(.*)b", b"(a{0,20}){20}b", b"(x+x+)+y", b"[ab]*a[ab]{40}c"]
)
def test_linear(pattern: bytes) -> None:
    """Ten times the text is at most ten times the steps, and some."""
    steps = [_steps(pattern, MIXED[:size]) for size in (1000, 10_000)]
    assert steps[1] < 11 * steps[0]


def _steps(pattern: bytes, text: bytes) -> int:
    counted = budget(steps=10**9, made_bytes=10**9)
    compile_pattern(pattern, counted).match(text)
    return counted._steps


@pytest.mark.parametrize("pattern", ["x{1000}{1000}", "(x{1000}){1000}", "((x{10}){10}){11}", "x{1001}"])
def test_repetitions_of_repetitions(pattern: str) -> None:
    """What is repeated more than a thousand times is refused before it is made."""
    with pytest.raises(PatternError, match=r"repeat count|nested repetition"):
        compile_pattern(pattern.encode(), budget(steps=100))


@pytest.mark.parametrize("pattern", ["(a)(b)", "(?:a|b)*?c", "[ab]{20}c", "a|b"])
def test_time(pattern: str) -> None:
    """The time is asked for while searching, and when it is over the search ends."""
    asked = []

    def expired() -> bool:
        asked.append(True)
        return len(asked) > 10

    regexp = compile_pattern(pattern.encode(), Budget(Limits(), expired))
    asked.clear()
    with pytest.raises(LimitExceeded, match="time"):
        regexp.replace_all(b"abba" * 50_000, b"$0")
    assert len(asked) == 11


@pytest.mark.parametrize("method", ["match", "find", "find_submatch_index"])
def test_what_is_counted(method: str) -> None:
    """A search counts the text, and no more than a few steps for each of its bytes."""
    counted = budget()
    regexp = compile_pattern(rb"(\w+)=(\d+)$", counted)
    before = counted._steps
    getattr(regexp, method)(b"key=1 " * 1000)

    assert 6000 < counted._steps - before < 30_000


def test_no_garbage() -> None:
    """Nothing refers to itself: the program in a Pod runs without Python's collection of garbage."""
    gc.collect()
    for _ in range(100):
        use("(?i)(a|é)+\\b|k".encode(), "aék".encode() * 100, budget())

    assert gc.collect() < 100


def test_results_are_counted() -> None:
    """What a method returns is counted before it is made."""
    for call in ("find_all", "split"):
        with pytest.raises(LimitExceeded, match="bytes"):
            getattr(compile_pattern(b"", budget(made_bytes=200_000)), call)(b"a" * 10_000, -1)
    with pytest.raises(LimitExceeded, match="bytes"):
        compile_pattern(b"a", budget(made_bytes=200_000)).replace_all_literal(b"a" * 1000, b"b" * 1000)
    with pytest.raises(LimitExceeded, match="bytes"):
        compile_pattern(b".*", budget(made_bytes=200_000)).replace_all(b"a" * 1000, b"$0" * 1000)
