"""No words on a manifest that is no YAML repeat its text, which may be a Secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.canary import Canary
from webhook.workloads.manifest import ManifestInvalid, parse_manifests

BROKEN = {
    "a key twice": "stringData:\n  password: {0}\n  password: x{0}\n",
    "a key twice, quoted": "stringData:\n  password: \"a'{0}\"\n  password: 'b\"{0}'\n",
    "a key twice, in flow": "stringData: {{password: {0}, password: x{0}}}\n",
    "a secret as a key": "{0}: a\n{0}: b\n",
    "a tag": "password: !{0}\n",
    "a tag of its own": "password: !<{0}> x\n",
    "an alias": "password: *{0}\n",
    "a handle": "password: !{0}!x y\n",
    "an escape": 'password: "\\q{0}"\n',
    "an end": 'password: "{0}\n',
    "a sign": "password: %{0}\n",
    "a comma": "[{0}\n",
    "a colon": "a: {0}: b\n",
    "a tab": "a:\n\t{0}: b\n",
    "a merge": "<<: {0}\n",
    "a directive": "%{0}\n---\na: b\n",
    "a version": "%YAML {0}\n---\na: b\n",
    "a date": "a: 2026-99-99T{0}\n",
    "a number": "a: !!int {0}\n",
    "a binary": "a: !!binary {0}=x\n",
    "a set": "a: !!omap {0}\n",
}


def said_of(text: str) -> str:
    """Return what is said of a manifest."""
    try:
        parse_manifests("f.yaml", text)
    except ManifestInvalid as error:
        return str(error)
    return ""


@pytest.mark.parametrize("form", BROKEN)
def test_no_text_of_the_file(form: str) -> None:
    """In whatever way it is broken."""
    canary = Canary.plain().value
    assert canary not in said_of(BROKEN[form].format(canary))


@given(st.sampled_from(sorted(BROKEN)), st.text(st.characters(blacklist_categories=["Cs"]), max_size=6))
def test_nor_of_one_with_any_signs(form: str, around: str) -> None:
    """Quotes, brackets and line ends around it change nothing."""
    canary = Canary.plain().value
    assert canary not in said_of(BROKEN[form].format(f"{around}{canary}{around}"))
