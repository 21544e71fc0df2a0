"""The functions of Consul-Template: what they give, which there are, and what is refused."""

from __future__ import annotations

import hashlib
import hmac
import importlib
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.consultemplate_cases import CASES
from tests.support.vault.gotemplates import Answer, Case, ask_ours_with_functions
from vault.gotemplate.errors import ParseError, TemplateError
from vault.gotemplate.functions.library import LIBRARY
from vault.gotemplate.functions.table import MODULES, REFUSED
from vault.gotemplate.template import parse

CANARY = f"canary{secrets.token_hex(8)}"
# each refuses a value of the data
REFUSALS = (
    "{{base64Decode .s}}", "{{base64URLDecode .s}}", "{{explodeMap .m}}", "{{explodeMap .s}}", "{{loop .s}}",
    "{{loop .l}}",
    "{{join .s .l}}", "{{parseBool .s}}", "{{parseFloat .s}}", "{{parseInt .s}}", "{{parseUint .s}}",
    "{{parseJSON .s}}",
    "{{add .s 1}}", "{{divide 0 .s}}", "{{minimum 1 .s}}", "{{toTOML .l}}", "{{toTitle (print .s `é`)}}",
    "{{in .s nil}}",
    "{{scratch.Set .s 1}}{{scratch.Get .s .s}}", "{{mergeMap .s .m}}", "{{executeTemplate `x` .s}}", "{{indent .s .s}}",
    "{{scratch.MapValues .l}}", "{{toJSON (loop .s)}}",
)  # fmt: skip


@pytest.mark.parametrize(("case", "expected"), CASES, ids=lambda each: getattr(each, "template", b"").decode() or None)
def test_a_template_gives_what_consul_template_makes_of_it(case: Case, expected: Answer) -> None:
    """Each template of the table renders to the output beside it, or is refused in these words."""
    given = ask_ours_with_functions(case)

    assert given.output == expected.output, given.error
    assert given.error == expected.error


def test_each_name_has_its_function() -> None:
    """The table of names and the modules say the same."""
    names: set[str] = set()
    for module in sorted(set(MODULES.values())):
        functions = importlib.import_module(f"vault.gotemplate.functions.{module}").FUNCTIONS
        assert set(functions) == {name for name, where in MODULES.items() if where == module}
        names |= set(functions)
    assert names == set(MODULES)
    assert not names & set(REFUSED)


def test_each_function_is_in_a_case() -> None:
    """The table of cases leaves no function out."""
    texts = b" ".join(case.template for case, _expected in CASES).decode()
    assert not [name for name in MODULES if name not in texts]


@pytest.mark.parametrize("name", REFUSED)
def test_a_function_that_is_refused_says_why(name: str) -> None:
    """What templates cannot have here is refused before anything is executed, where its name stands."""
    with pytest.raises(ParseError, match=rf'^template: :2: function "{name}" is not available here: \w') as caught:
        parse(f'x\n{{{{if false}}}}{{{{{name} "a"}}}}{{{{end}}}}'.encode(), functions=LIBRARY)
    assert REFUSED[name] in str(caught.value)


def test_what_is_no_function() -> None:
    """A name that Consul-Template does not have is refused as Go does."""
    with pytest.raises(ParseError, match=r'function "nope" not defined$'):
        parse(b"{{nope}}", functions=LIBRARY)


def test_scratch_is_that_of_one_execution() -> None:
    """What one execution keeps another does not have."""
    template = parse(b'{{scratch.Key "a"}}{{scratch.Set "a" 1}}{{scratch.Key "a"}}', functions=LIBRARY)
    assert [template.execute(None), template.execute(None)] == [b"falsetrue", b"falsetrue"]


@pytest.mark.parametrize("text", REFUSALS)
def test_no_value_is_in_an_error(text: str) -> None:
    """An error says what the template says and the types of values, never a value."""
    data = f'{{"s": "{CANARY}", "l": ["{CANARY}", null], "m": {{"{CANARY}": "{CANARY}", "{CANARY}/b": 1}}}}'
    text = text.replace(".s", "(data).s").replace(".l", "(data).l").replace(".m", "(data).m")

    given = ask_ours_with_functions(Case(text.encode(), data))

    assert given.output is None
    assert CANARY not in given.error


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_digests(text: bytes, key: bytes) -> None:
    """The C code under hashlib gives what hashlib and hmac give."""
    template = parse(b"{{md5sum .t}} {{sha256Hex .t}} {{hmacSHA256Hex .t .k}}", functions=LIBRARY)

    expected = (hashlib.md5(text, usedforsecurity=False), hashlib.sha256(text), hmac.new(key, text, "sha256"))
    assert template.execute({b"t": text, b"k": key}).decode().split() == [each.hexdigest() for each in expected]


_TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.floats() | st.binary(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.binary(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(_TREES, st.binary(max_size=12), st.sampled_from(sorted(MODULES)), st.integers(0, 3))
def test_anything_gives_a_value_or_is_refused(tree: object, text: bytes, name: str, count: int) -> None:
    """No function fails in another way, whatever it is given."""
    arguments = (".tree", ".text", ".tree")[:count]
    for template in (
        f"{{{{{' '.join((name, *arguments))}}}}}",
        f"{{{{{name} .text}}}}",
        f"{{{{{name} .text .text .text}}}}",
    ):
        try:
            output = parse(template.encode(), functions=LIBRARY).execute({b"tree": tree, b"text": text})
        except TemplateError as error:
            assert error.reason
        else:
            assert isinstance(output, bytes)
