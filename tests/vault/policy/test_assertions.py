"""Assertions about access files: what holds, what does not, and what cannot be known from the files."""

from __future__ import annotations

import pytest

from vault.policy.errors import AccessInvalid
from vault.policy.files.model import Access
from vault.policy.files.parse import parse_access
from vault.policy.offline.assertions import failure_of, parse_assertions

HEAD = """\
accessVersion: 1
mounts: {s: {type: kv}}
auth: {kubernetes: {type: kubernetes}}
grants:
- workload: {namespace: shop, serviceAccount: checkout}
  paths: {s/data/a: read}
"""
DEFAULT = "  token: {defaultPolicy: true}\n"
UNSAYABLE = '  rawPolicy: \'path "s/data/b" { capabilities = ["deny"] }\'\n'
SAYABLE = '  rawPolicy: \'path "s/data/b" { capabilities = ["read"] }\'\n'
OF_DEFAULT = "it cannot be decided: auth/kubernetes/role/shop.checkout (f.yaml:5:3): its token has the policy default"
OF_RAW = "it cannot be decided: auth/kubernetes/role/shop.checkout (f.yaml:5:3): its rawPolicy says more"


def access(more: str) -> Access:
    """Parse a file of one grant."""
    return parse_access([("f.yaml", HEAD + more)])


def failure(more: str, word: str, path: str, operation: str = "read") -> str:
    """Say why an assertion does not hold."""
    text = f"accessTestVersion: 1\ntests:\n- serviceAccount: shop/checkout\n  {word}: {{{path}: {operation}}}\n"
    (assertion,) = parse_assertions([("t.yaml", text)])
    return failure_of(assertion, access(more))


@pytest.mark.parametrize(
    ("more", "word", "path", "says"),
    [
        ("", "can", "s/data/a", ""),
        ("", "cannot", "s/data/a", "it can"),
        ("", "cannot", "cubbyhole/x", ""),
        ("", "can", "s/data/b", "it cannot"),
        # Vault's policy `default` allows these, and the server's own may allow anything
        (DEFAULT, "can", "s/data/a", ""),
        (DEFAULT, "cannot", "s/data/a", "it can"),
        (DEFAULT, "cannot", "cubbyhole/x", OF_DEFAULT),
        (DEFAULT, "cannot", "auth/token/lookup-self", OF_DEFAULT),
        (DEFAULT, "cannot", "s/data/b", OF_DEFAULT),
        (DEFAULT, "can", "s/data/b", OF_DEFAULT),
        (SAYABLE, "can", "s/data/b", ""),
        (SAYABLE, "cannot", "s/data/c", ""),
        (UNSAYABLE, "can", "s/data/a", OF_RAW),
        (UNSAYABLE, "cannot", "s/data/c", OF_RAW),
        (UNSAYABLE + DEFAULT, "cannot", "s/data/c", OF_RAW),
    ],
)
def test_what_is_known(more: str, word: str, path: str, says: str) -> None:
    """A "cannot" that the files cannot prove fails, with the reason; so does one that is wrong."""
    found = failure(more, word, path)
    assert found.startswith(says) if says else found == ""


@pytest.mark.parametrize(
    ("path", "meant"), [("s/data/a#k", "s/data/a"), ("s/data/a@3", "s/data/a"), ("s/data/a%20b", "s/data/a b")]
)
def test_a_reference_is_no_path(path: str, meant: str) -> None:
    """As in an annotation it would assert something of a path that is none, and "cannot" would always hold."""
    for word in ("can", "cannot"):
        with pytest.raises(AccessInvalid, match=r"t.yaml:4:") as refused:
            failure("", word, f"'{path}'")
        assert f"did you mean {meant}?" in str(refused.value)
