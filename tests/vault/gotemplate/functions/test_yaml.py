"""parseYAML: plain data, and what is refused with its line."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.gotemplate.errors import ExecutionError, LimitExceeded, TemplateError
from vault.gotemplate.functions.library import LIBRARY
from vault.gotemplate.limits import Limits
from vault.gotemplate.rarevalues import AnyMap
from vault.gotemplate.template import parse
from vault.gotemplate.values import Sized

CANARY = f"canary{secrets.token_hex(8)}"
READ = parse(b"{{scratch.Set `x` (parseYAML .)}}{{toJSON (print (scratch.Get `x`))}}", functions=LIBRARY)
WRITE = parse(b"{{toYAML .}}", functions=LIBRARY)
# what is refused, and a word of the reason
REFUSED = {
    "a: 1\nb: &x 1": "line 2: an anchor",
    "- *x": "line 1: an alias",
    "a:\n  !!str b": "line 2: a tag",
    "%YAML 1.1\n---\na": "line 1: a directive",
    "a: 1\n---\nb: 2": "text after the document",
    "a\n...\nb": "text after the document",
    "a: 1\n? b\n: c": "line 2: a key after a question mark",
    "a:\n  <<: {b: c}": "line 2: a merge of maps",
    "on: 1": "line 1: a key that is no string",
    "a: 1\n1.5: b": "line 2: a key that is no string",
    "~: b": "line 1: a key that is no string",
    "[a]: b": "line 1: a key that is no string",
    "a: b\n c: d": "line 2: mapping values are not allowed",
    "a: 'b": "line 1: found unexpected end of stream",
    "a:\n - b\n c: d": "did not find expected",
    "a: [b": "did not find expected",
    "a: |0\n b": "line 1: found an indentation indicator equal to 0",
    "a:\n  b\n \t c: d": "line ",
    '"\\ud800"': "line 1: found invalid Unicode",
    "a\x01": "line 1: control characters",
    "a: @b": "line 1: found character that cannot start any token",
}


def _read(text: bytes) -> Any:
    kept: list[Any] = []

    class _Keeps:
        """Keeps what it is given."""

        def get(self, name: str) -> Any:
            from vault.gotemplate.function import Function  # noqa: PLC0415 - for this test alone

            return (
                Function(lambda _budget, value: kept.append(value), "interface {}")
                if name == "keep"
                else LIBRARY.get(name)
            )

    parse(b"{{keep (parseYAML .)}}", functions=_Keeps()).execute(text)
    return kept[0]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused(text: str) -> None:
    """A refusal says in which line, and why."""
    with pytest.raises(ExecutionError, match=f"error calling parseYAML: yaml: .*{REFUSED[text]}"):
        _read(text.encode())


@pytest.mark.parametrize("text", REFUSED)
def test_no_text_is_in_a_refusal(text: str) -> None:
    """The document may be a secret."""
    shown = text.replace("b", CANARY).replace("c", CANARY)
    with pytest.raises(ExecutionError) as caught:
        _read(shown.encode())
    assert CANARY not in str(caught.value)


def test_values() -> None:
    """Plain scalars have types, those in quotes are strings."""
    document = (
        b"i: 0x1F\nf: 1e3\nb: Yes\nz: ~\nt: 2001-12-14\nu: 18446744073709551615\n1: 'on'\nq: \"\\x41\"\nl: [1, {}]\n"
    )
    value = _read(document)
    assert value == {
        b"i": 31, b"f": 1000.0, b"b": True, b"z": None, b"t": b"2001-12-14", b"u": 18446744073709551615, 1: b"on",
        b"q": b"A", b"l": [1, {}],
    }  # fmt: skip
    assert type(value) is AnyMap
    assert type(value[b"u"]) is Sized


_KEYS = st.text("aBnyx01- .:#'é", max_size=8)
_TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


def _go(tree: Any) -> Any:
    """Return a tree of Python as a template has it."""
    if isinstance(tree, dict):
        return {key.encode(): _go(each) for key, each in tree.items()}
    if isinstance(tree, list):
        return [_go(each) for each in tree]
    return tree.encode() if isinstance(tree, str) else tree


@given(_TREES)
def test_what_is_written_is_read(tree: Any) -> None:
    """What toYAML writes parseYAML reads as the same, but for spaces at the ends of the document, which it trims."""
    value = _go(tree)
    written = WRITE.execute(value)
    if isinstance(tree, str) or b"!!binary" in written:
        return
    if written.rstrip(b"\n") != written or b"|" in written or not written:
        return  # a block's last line may have been trimmed
    assert _read(written) == value


@given(st.binary(max_size=60), st.text("-:?{}[],'\"|>#&*! \n\tab1~.", max_size=60))
def test_any_text_is_read_or_refused(data: bytes, similar: str) -> None:
    """No text fails in another way."""
    for each in (data, similar.encode()):
        try:
            assert READ.execute(each)
        except TemplateError as error:
            assert error.reason


@pytest.mark.parametrize(
    "text",
    [b"[" * 50_000, b"{a: " * 50_000, b"- " * 50_000, b"a:\n" * 50_000, b"'" * 50_001, b"a: [" + b"b, " * 100_000],
)
def test_a_hostile_document_ends_at_a_limit(text: bytes) -> None:
    """What is deep or long ends in an error of the limit, or of the document."""
    with pytest.raises((LimitExceeded, ExecutionError)):
        READ.execute(text, limits=Limits(steps=100_000, made_bytes=1 << 20))
