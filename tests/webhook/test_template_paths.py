"""The paths that a template reads from Vault, as its text says them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.gotemplate.errors import TemplateError
from webhook.workloads.template_paths import find_paths

OURS = ("[[", "]]")

READS = {
    '[[ secret "secret/data/a" ]]': {"secret/data/a"},
    '[[ with secret " /kv/a/ " ]][[ .Data.x ]][[ end ]]': {"kv/a"},
    "[[ secret `kv/a` | toJSON ]]": {"kv/a"},
    '[[ (secret "kv/a").Data.x | printf "%s" ]]': {"kv/a"},
    '[[ printf "%s" (secret ("kv/a")).Data.x ]]': {"kv/a"},
    '[[ $x := secret "kv/a" ]][[ $x.Data.x ]]': {"kv/a"},
    '[[ "kv/a" | secret ]]': {"kv/a"},
    '[[ if false ]][[ else if secret "kv/a" ]][[ else ]][[ secret "kv/b" ]][[ end ]]': {"kv/a", "kv/b"},
    '[[ with .x ]][[ else with secret "kv/a" ]][[ end ]]': {"kv/a"},
    '[[ range (secret "kv/a").Data.x ]][[ secret "kv/b" ]][[ else ]][[ secret "kv/c" ]][[ end ]]': {
        *("kv/a", "kv/b", "kv/c"),
    },
    '[[ define "x" ]][[ secret "kv/a" ]][[ end ]][[ block "y" (secret "kv/b") ]][[ secret "kv/c" ]][[ end ]]': {
        *("kv/a", "kv/b", "kv/c"),
    },
    '[[ template "x" (secret "kv/a") ]][[ define "x" ]][[ end ]]': {"kv/a"},
    '[[ index (secret "kv/a").Data "x" ]]': {"kv/a"},
    '[[/* secret "kv/a" */]]{{ secret "kv/b" }}secret "kv/c"': set(),
    '[[ .secret "kv/a" ]][[ "secret" ]]': set(),
    '[[ secret "kv/a%20b" ]]': {"kv/a b"},
    "[[ secret ]]": set(),
}


@pytest.mark.parametrize("text", READS)
def test_reads(text: str) -> None:
    """A literal path is found wherever it is in a template, and nothing else is."""
    found = find_paths(text, OURS)
    assert found.reads == READS[text]
    assert found.is_complete
    assert not found.writes | found.lists | found.pinned


UNKNOWN = [
    "[[ secret .path ]]",
    "[[ secret $ ]]",
    '[[ secret (printf "kv/%s" .x) ]]',
    '[[ printf "kv/%s" .x | secret ]]',
    '[[ $p := "kv/a" ]][[ secret $p ]]',
    '[[ secrets (env "X") ]]',
    '[[ with pkiCert .p "common_name=x" ]][[ end ]]',
    '[[ range secrets "kv/metadata/" ]][[ secret . ]][[ end ]]',
]


@pytest.mark.parametrize("text", UNKNOWN)
def test_computed_paths(text: str) -> None:
    """A path that is computed is not guessed, and it is said that there is one."""
    found = find_paths(text, OURS)
    assert not found.is_complete
    assert not found.reads


MISTAKES = {
    '[[ secret "" ]]': "secret: the path is empty",
    '[[ secret "kv/a?list=true" ]]': "a query other than ?version=",
    '[[ secret "kv/a#k" ]]': "a key is selected with .Data",
    '[[ if .x ]][[ secrets "kv//a" ]][[ end ]]': "secrets: the path is empty, or has an empty segment",
    '[[ pkiCert "pki/issue/a" ]]': "pkiCert: the arguments after the path are missing",
    '[[ secret "\\xff" ]]': "is not UTF-8",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes(text: str) -> None:
    """A call that the agent would refuse is found here already, in its words."""
    found = find_paths(text, OURS)
    (mistake,) = found.mistakes
    assert MISTAKES[text] in mistake
    assert not found.reads | found.writes | found.lists


def test_other_calls() -> None:
    """A call with data writes, a query is no part of the path, and a version is never watched."""
    text = (
        '[[ secret "transit/a" "x=y" ]][[ "x=y" | secret "transit/b" ]][[ pkiCert "pki/issue/c" "common_name=c" ]]'
        '[[ secrets "kv/metadata" ]][[ secret "kv/e?version=3" ]][[ secret "kv/f?version=0" ]]'
    )
    found = find_paths(text, OURS)
    assert found.writes == {"transit/a", "transit/b", "pki/issue/c"}
    assert (found.lists, found.pinned, found.reads) == ({"kv/metadata"}, {"kv/e"}, {"kv/f"})


def test_keys() -> None:
    """What a template takes from a secret, as either version of KV has it."""
    text = (
        "[[ .Data.a ]][[ .Data.data.b ]][[ $.Data.data.c.d ]][[ (.x).Data.e ]][[ .other.f ]]"
        '[[ index .Data.data "g-h" ]][[ index .Data "i j" ]][[ .Data.data ]][[ .Data ]][[ index .x "k" ]]'
    )
    assert list(find_paths(text, OURS).keys) == ["a", "b", "c", "e", "g-h", "i j"]


def test_other_delimiters() -> None:
    """The delimiters are those of the template."""
    assert find_paths('<% secret "kv/a" %>[[ secret "kv/b" ]]', ("<%", "%>")).reads == {"kv/a"}


@pytest.mark.parametrize("text", ["[[", "[[ if ]]", "[[ end ]]", "[[ secret 'kv/a' ]]", "[[ " + "(" * 100 + " ]]"])
def test_no_template(text: str) -> None:
    """A text that is no template is told by the parser's own error."""
    with pytest.raises(TemplateError, match="template"):
        find_paths(text, OURS)


PIECES = st.sampled_from(
    [
        *("[[", "]]", " ", "secret", "secrets", "pkiCert", '"kv/a"', "|", "(", ")", ".Data.x", "$x", ":=", "index"),
        *("if", "else", "end", "with", "range", "define", "template", "block", '"y"', "\n", "1", "printf"),
    ]
)


@given(st.lists(PIECES, max_size=20).map("".join) | st.lists(PIECES, max_size=20).map(" ".join) | st.text(max_size=30))
def test_any_text(text: str) -> None:
    """Any text gives paths without blanks and slashes at their ends, or a TemplateError."""
    try:
        found = find_paths(text, OURS)
    except TemplateError:
        return
    for path in found.reads | found.pinned | found.writes | found.lists:
        assert path
        assert path == path.strip("/")
