"""A template can neither hang nor exhaust a node: what would be too much is refused before it is taken."""

from __future__ import annotations

import tracemalloc

import pytest

from tests.support.vault.gotemplates import go_value
from vault.gotemplate.errors import LimitExceeded
from vault.gotemplate.limits import Limits
from vault.gotemplate.template import parse

MIB = 1024 * 1024
# what a template does, and a word of the limit at which it ends
HOSTILE = {
    "{{range 9223372036854775807}}{{end}}": "steps",
    "{{range 9223372036854775807}}{{continue}}{{end}}": "steps",
    "{{range 9223372036854775807}}{{$x := len $}}{{end}}": "steps",
    "{{range 100000}}{{range 100000}}{{end}}{{end}}": "steps",
    "{{range 100000000}}{{range $}}{{break}}{{end}}{{end}}": "steps",
    "{{range 100000000}}{{$x := eq $.long $.long}}{{end}}": "steps",
    "{{range 9223372036854775807}}{{$x := and" + " 1" * 1000 + "}}{{end}}": "steps",
    "{{range 9223372036854775807}}{{$x := $" + ".a" * 1000 + "}}{{end}}": "steps",
    "{{range 9223372036854775807}}xxxxxxxx{{end}}": "output",
    "{{range 100}}{{$}}{{end}}": "output",
    '{{printf "%1000000d" 1}}{{printf "%1000000d" 1}}': "output",
    '{{define "x"}}{{template "x" .}}{{end}}{{template "x" .}}': "deep",
    '{{define "x"}}{{if 1}}{{range 1}}{{template "x" .}}{{end}}{{end}}{{end}}{{template "x" .}}': "deep",
    '{{define "x"}}{{template "y" .}}{{end}}{{define "y"}}{{template "x" .}}{{end}}{{template "x" .}}': "deep",
    '{{$x := "ab"}}{{range 100}}{{$x = print $x $x}}{{end}}': "on the way",
    '{{$x := "ab"}}{{range 100}}{{$x = printf "%s%s" $x $x}}{{end}}': "on the way",
    '{{range 100}}{{$x := printf "%1000000d" 1}}{{end}}': "on the way",
    '{{range 100}}{{$x := printf "%.1000000f" 1e-300}}{{end}}': "on the way",
    '{{range 100}}{{$x := printf "%+.1000000d" 1}}{{end}}': "on the way",
    '{{range 100}}{{$x := printf "%[1]*.[1]*x" 1000000 1.0}}{{end}}': "on the way",
    '{{range 100}}{{$x := printf "%.1000000U" 1}}{{end}}': "on the way",
    '{{range 100}}{{$x := printf "%q" $.long}}{{end}}': "on the way",
    '{{range 100}}{{$x := printf "% #x" $.long}}{{end}}': "on the way",
    "{{range 100}}{{$x := html $.long}}{{end}}": "on the way",
    "{{range 100}}{{$x := js $.long}}{{end}}": "on the way",
    "{{range 100}}{{$x := urlquery $.long}}{{end}}": "on the way",
    "{{range 100}}{{$x := slice $.long 1}}{{end}}": "on the way",
    "{{range 10000}}{{$x := slice $.list 1}}{{end}}": "on the way",
}
LIMITS = Limits(steps=50_000, output_bytes=100_000, made_bytes=MIB)  # those of every day, made small
DATA = {b"long": "\u00ad".encode() * 30_000, b"list": [1] * 10_000}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_template_ends_at_a_limit(text: str) -> None:
    """It ends in an error of the limit, without having taken much memory."""
    template = parse(text.encode())
    tracemalloc.start()

    with pytest.raises(LimitExceeded, match=HOSTILE[text]):
        template.execute(DATA, limits=LIMITS)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * MIB


@pytest.mark.parametrize(
    "text",
    [
        "(" * 40_000 + "1" + ")" * 40_000,
        "print " + "(print " * 10_000 + ")" * 10_000,
        "if 1}}" + "{{if 1}}" * 10_000,
        'block "x" 1}}' + '{{block "y" 1}}' * 5000,
    ],
)
def test_nesting(text: str) -> None:
    """Parentheses and blocks are only so deep in each other, whatever Python's own stack would take."""
    with pytest.raises(LimitExceeded, match="deep in each other"):
        parse(f"{{{{{text}}}}}".encode())


def test_a_long_chain_is_not_deep() -> None:
    """A chain of `else if`, which Go nests, may be of any length."""
    chain = "{{if eq . 0}}0" + "".join(f"{{{{else if eq . {each}}}}}{each}" for each in range(1, 3000)) + "{{end}}"
    assert parse(chain.encode()).execute(2999) == b"2999"


def test_deep_data() -> None:
    """Data as deep as Vault may have it is printed; deeper than Python's stack is refused."""
    assert parse(b"{{.}}").execute(go_value("[" * 300 + "]" * 300)) == b"[" * 300 + b"]" * 300

    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(LimitExceeded, match="too deep"):
        parse(b"{{.}}").execute(deep)


def test_text() -> None:
    """A template may be only so long."""
    limits = Limits(text_bytes=10)

    assert parse(b"0123456789", limits=limits).execute(None) == b"0123456789"
    with pytest.raises(LimitExceeded, match="10 bytes"):
        parse(b"0123456789a", limits=limits)


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (Limits(steps=30), "{{range 9}}{{.}}{{end}}"),
        (Limits(output_bytes=9), "{{range 9}}{{.}}{{end}}"),
        (Limits(made_bytes=9), '{{printf "%9d" 1}}'),
        (
            Limits(depth=9),
            '{{define "x"}}{{if lt (len .) 8}}{{template "x" (print . 1)}}{{end}}{{end}}{{template "x" ""}}',
        ),
    ],
)
def test_up_to_a_limit(limits: Limits, text: str) -> None:
    """What is just within a limit is rendered, and a bit more is not."""
    assert parse(text.encode()).execute(None, limits=limits) == parse(text.encode()).execute(None)
    with pytest.raises(LimitExceeded):
        parse(text.replace("9", "10").replace("8", "9").encode()).execute(None, limits=limits)


@pytest.mark.parametrize(
    "text",
    [
        "{{range 1000000}}{{end}}",
        "{{.}}",
        "{{$x := print .}}",
        '{{$x := printf "%[1]d%[1]d%[1]d" .}}',
        "{{$x := js .}}",
    ],
)
def test_time(text: str) -> None:
    """The time is asked for every few steps and bytes, and when it is over the template ends."""
    asked = []

    def expired() -> bool:
        asked.append(True)
        return len(asked) > 10

    with pytest.raises(LimitExceeded, match="time"):
        parse(text.encode()).execute([1] * 100_000, expired=expired)
    assert len(asked) == 11
