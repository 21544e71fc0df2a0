"""Raw policies: what a server would refuse is a mistake with its line; what gives more than it says is told of."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.support.vault.server import VaultServer
from vault.contract.errors import PathRefused
from vault.policy.desired.hcl import PathRule
from vault.policy.desired.match import best_rule
from vault.policy.desired.resources import policy_path
from vault.policy.errors import AccessInvalid
from vault.policy.files.model import Access
from vault.policy.files.parse import parse_access
from vault.policy.files.powers import power_of
from vault.policy.files.raw_policy import parse_raw_policy
from vault.policy.sync.diff import plan_access
from vault.policy.sync.state import VaultState

HEAD = """\
accessVersion: 1
mounts: {s: {type: kv}}
auth: {k: {type: kubernetes}}
grants:
- workload: {namespace: n, serviceAccount: a}
"""
EMPTY = VaultState({}, {}, {}, {}, {}, {})

_PATHS = st.sampled_from(
    ["s/data/x", "s/*", "+/x", "s/+/x", "s/x*y", "/s/x", "", "*", "s/+*", "{{identity.entity.id}}"]
)
_WORDS = st.sampled_from(["read", "list", "sudo", "scan", "create", "patch", "reed", "write", "watch", "root", "READ"])
_LIST = st.lists(_WORDS.map(lambda word: f'"{word}"'), max_size=3).map(lambda words: f"[{', '.join(words)}]")
_CAPABILITIES = st.sampled_from(["capabilities", "capabilities", "capabilites"]).flatmap(
    lambda name: (_LIST | st.just('["deny"]')).map(lambda words: f"{name} = {words}")
)
_OPTIONS = st.sampled_from(
    [
        *('policy = "read"', 'policy = "sudo"', 'policy = "admin"', 'comment = "x"', 'max_wrapping_ttl = "1h"'),
        *('allowed_parameters = { "a" = [] }', 'required_parameters = ["a"]', 'ttl = "1h"', "pagination_limit = 3"),
    ]
)
_BLOCK = st.builds(
    lambda path, options: f'path "{path}" {{\n  ' + "\n  ".join(options) + "\n}\n",
    _PATHS,
    st.lists(_CAPABILITIES | _OPTIONS, max_size=2, unique_by=lambda each: each.partition(" =")[0]),
)
_PIECES = _BLOCK | st.sampled_from(["# more\n", 'name = "x"\n', 'acl "x" {}\n', "/* more */\n"])
_TEXTS = st.lists(_PIECES, min_size=1, max_size=3, unique_by=lambda each: each.partition("=")[0]).map("".join)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Draw a policy, from which some character may be missing."""
    text = draw(_TEXTS)
    if not draw(st.booleans()):
        return text
    at = draw(st.integers(0, len(text) - 1))
    return text[:at] + text[at + 1 :] if text[at] in '{}[]"=,/' else text


@given(texts())
@example('path "a" { capabilities = ["read" "list"] }')
@example('path "a" { capabilities = "reed" }')
@example('path "a" { capabilities = "read" }')
def test_mistakes_are_what_a_server_refuses(vault_server: VaultServer, text: str) -> None:
    """A real server takes a policy, as the last part of one of ours, exactly if we find no mistake in it."""
    _, mistakes = parse_raw_policy(text)
    path = policy_path("raw-policy-test")

    try:
        vault_server.client.write(path, {"policy": f'# first\npath "a" {{\n  capabilities = ["read"]\n}}\n{text}'})
        is_taken = True
    except PathRefused:
        is_taken = False

    assert is_taken == (not mistakes), mistakes
    assert all(1 <= each.line <= text.count("\n") + 1 for each in mistakes)


@pytest.mark.parametrize("word", ["subscribe", "recover"])
def test_what_only_the_other_server_knows_is_no_mistake(word: str) -> None:
    """The file does not say which server it is for."""
    rules, mistakes = parse_raw_policy(f'path "a" {{ capabilities = ["{word}"] }}')

    assert not mistakes
    assert [each.capabilities for each in rules] == [(word,)]


@given(
    blank=st.integers(0, 3),
    indent=st.integers(1, 6),
    before=st.lists(st.sampled_from(["", "# é", 'path "s/data/x" {}', "    # far"]), max_size=4),
    style=st.sampled_from(["|", "|-", "|+", "|  # why"]),
    wrong=st.sampled_from(
        ["acl {}", '  path "s/+*" {}', 'path "a" { capabilities = ["reed"] }', '  path "a" { x = = }']
    ),
)
def test_the_line_is_that_of_the_file(blank: int, indent: int, before: list[str], style: str, wrong: str) -> None:
    """Whatever stands before it in the block, and however the block is indented."""
    pad = " " * (2 + indent)
    before = [line if line.strip() else "" for line in before]
    lines = [
        *[""] * blank,
        *([pad + "# first"]),
        *(f"{pad}{line}" if line else "" for line in before),
        pad + wrong,
        pad,
    ]
    text = HEAD + f"  rawPolicy: {style}\n" + "\n".join(lines) + "\n"

    with pytest.raises(AccessInvalid) as caught:
        parse_access([("f.yaml", text)])

    (mistake,) = caught.value.mistakes
    line = text.split("\n")[mistake.place.line - 1]
    assert line == pad + wrong
    assert 0 < mistake.place.column <= len(line)
    assert mistake.place.column >= len(pad) + len(wrong) - len(wrong.lstrip()) + 1


@given(st.text() | st.text(alphabet='path "{}[]=,#\n/*<').map(lambda text: f'path "a" {{{text}'))
def test_any_text_gives_rules_or_mistakes(text: str) -> None:
    """Whatever it is."""
    rules, mistakes = parse_raw_policy(text)
    assert rules is not None
    assert all(each.line >= 1 and each.what for each in mistakes)


def access(raw: str) -> Access:
    """Give a file with a raw policy of one line."""
    return parse_access([("f.yaml", f"{HEAD}  rawPolicy: |\n    {raw}\n")])


NOTES = [
    ('path "*" { capabilities = ["create", "read"] }', "may write policies, and so give itself everything in Vault"),
    ('path "sys/policies/acl/shop-*" { capabilities = ["update"] }', "may write policies"),
    ('path "sys/policy/x" { policy = "write" }', "may write policies"),
    ('path "+/policies/acl/x" { capabilities = ["update"] }', "may write policies"),
    ('path "s*" { capabilities = ["read", "sudo"] }', "has sudo on sys/ by its wildcard; name the paths"),
    ('path "s/x" { capabilities = ["read"] }', "is not a path of the KV version 2 mount s; did you mean s/data/x?"),
    ('path "s//x" { capabilities = ["read"] }', "has an empty segment"),
    ('path "a/*/x" { capabilities = ["read"] }', "has a '*' that is not at its end; Vault takes it literally there"),
]
NO_NOTES = [
    'path "s/data/*" { capabilities = ["create", "update"] }',
    'path "sys/storage/raft/snapshot" { capabilities = ["read", "sudo"] }',
    'path "*" { capabilities = ["read"] }',
    'path "sys/policies/acl/*" { capabilities = ["deny", "update"] }',
    'path "sys/policies/acl/*" { capabilities = ["read", "list"] }',
    'path "s/data/{{identity.entity.id}}/*" { capabilities = ["read"] }',
    'path "/other/a#b" { capabilities = ["read"] }',
]


@pytest.mark.parametrize(("raw", "words"), NOTES)
def test_what_a_raw_policy_does_not_say(raw: str, words: str) -> None:
    """The plan names the line of it."""
    notes = [note for note in plan_access(access(raw), EMPTY, "").notes if note.startswith("f.yaml:7:5: ")]

    assert len(notes) == 1
    assert words in notes[0]


@pytest.mark.parametrize("raw", NO_NOTES)
def test_what_a_raw_policy_says(raw: str) -> None:
    """No note where a path, or its name, says what it gives."""
    assert not [note for note in plan_access(access(raw), EMPTY, "").notes if "f.yaml:7" in note]


_SEGMENTS = st.sampled_from(["sys", "policies", "acl", "policy", "x", "+", "s"])


@given(st.lists(_SEGMENTS, max_size=4), st.sampled_from(["", "*", "/*", "sy*", "/po*", "/team*"]))
@example([], "*")
@example(["sys", "policies", "acl"], "/team*")
def test_who_may_write_policies(segments: list[str], end: str) -> None:
    """A rule has the power exactly if it decides on the path of some policy."""
    pattern = "/".join(segments) + end
    assume("+*" not in pattern)  # which is a mistake
    names = ("x", "team-a", "s", "sys", "policy", "policies", "acl", "sy-1", "po-1", "xsy-1", "+sy-1")
    paths = [
        f"{folder}/{name}{more}"
        for folder in ("sys/policies/acl", "sys/policy")
        for name in names
        for more in ("", "sy", "po")
    ]

    reaches = any(best_rule([PathRule(pattern.removeprefix("/"), ("update",))], path) is not None for path in paths)

    assert bool(power_of(pattern, ["update"])) == reaches
