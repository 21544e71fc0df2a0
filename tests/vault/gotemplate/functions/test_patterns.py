"""Regular expressions: compiled once, and never shown."""

from __future__ import annotations

import secrets

import pytest

from vault.gotemplate.errors import ExecutionError, LimitExceeded
from vault.gotemplate.functions.library import LIBRARY
from vault.gotemplate.limits import Limits
from vault.gotemplate.template import parse

CANARY = f"canary{secrets.token_hex(8)}"
LONG = "(a|b|c|d|e|f){1,40}(x|y|z){1,40}"


@pytest.mark.parametrize("pattern", ["{0}(", "[z-a]{0}", "(?P<{0}>a", "{0}**", "\\pL{0}"])
@pytest.mark.parametrize("name", ["regexMatch", "sprig_regexFind", "sprig_mustRegexMatch"])
def test_a_bad_pattern_is_not_shown(pattern: str, name: str) -> None:
    """A pattern may come from a secret: the error says what is wrong, and nothing of it."""
    template = parse(f"{{{{{name} .p `x`}}}}".encode(), functions=LIBRARY)

    with pytest.raises(ExecutionError, match=r"error parsing regexp: [a-zU]") as caught:
        template.execute({b"p": pattern.format(CANARY).encode()})

    assert CANARY not in str(caught.value)


def test_a_constant_pattern_is_compiled_once() -> None:
    """In a loop it costs what it costs once; another one each time would not be had for as little."""
    limits = Limits(steps=40_000)
    loop = "{{{{range $i := 400}}}}{{{{regexMatch {} `zz`}}}}{{{{end}}}}"

    assert parse(loop.format(f"`{LONG}`").encode(), functions=LIBRARY).execute(None, limits=limits) == b"false" * 400
    with pytest.raises(LimitExceeded, match="steps"):
        parse(loop.format(f"(print $i `{LONG}`)").encode(), functions=LIBRARY).execute(None, limits=limits)


def test_many_patterns() -> None:
    """The oldest of many is forgotten, and compiled again."""
    text = "{{range $i := 100}}{{regexMatch (print $i) `50 7`}},{{end}}{{regexMatch `0` `0`}}"
    output = parse(text.encode(), functions=LIBRARY).execute(None)
    assert [each for each, found in enumerate(output.split(b",")) if found == b"true"] == [0, 5, 7, 50, 100]


def test_unicode_classes_are_no_mismatch() -> None:
    """The function regexMatch says false of what is no pattern, but not of one that only ours lacks."""
    assert parse(b"{{sprig_regexMatch `(` `a`}}", functions=LIBRARY).execute(None) == b"false"
    with pytest.raises(ExecutionError, match="not supported here"):
        parse(rb"{{sprig_regexMatch `\pL` `a`}}", functions=LIBRARY).execute(None)
