"""A reviewer's token comes from a file that the operator names, and has the form of a ServiceAccount's token."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.canary import Canary
from vault.policy.errors import PlanRefused
from vault.policy.sync.plan import Change
from vault.policy.sync.reviewers import NO_TOKENS, is_service_account_token, read_reviewer_tokens


def _part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _token(subject: Any = "system:serviceaccount:vault:reviewer") -> str:
    return jwt.encode({"sub": subject} if subject else {}, "x" * 32, algorithm="HS256")


HEAD, CLAIMS = _part({"alg": "RS256"}), _part({"sub": "system:serviceaccount:vault:reviewer"})
REFUSED = [
    "hvs.CAESIJ-the-operators-own-token",
    "s.aeuGHvOyBlkXLxzbuvBlxw7r",
    "root",
    "",
    "a.b.c",
    f"{HEAD}.{CLAIMS}",
    f"{HEAD}.{CLAIMS}.",
    f"{HEAD}.{CLAIMS}.a.b",
    f"{HEAD}.{CLAIMS}.a b",
    f"{HEAD}.{CLAIMS}.é",
    f"{_part({})}.{CLAIMS}.x",
    f"{_part([])}.{CLAIMS}.x",
    f"{HEAD}.{_part([])}.x",
    f"{HEAD}.{_part({'sub': 'me'})}.x",
    f"{HEAD}.{_part({'sub': ['system:serviceaccount:a:b']})}.x",
    f"{HEAD}.{_part({'sub': 'system:serviceaccount:a'})}.x",
    f"{HEAD}.{_part({'sub': 'system:serviceaccount::b'})}.x",
    f"{HEAD}.{_part({'sub': 'system:serviceaccount:a:b:c'})}.x",
    f"{HEAD}.{_part({'sub': 'x' * 20000})}.x",
    "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_token_of_a_service_account_is_refused_and_not_shown(tmp_path: Path, text: str) -> None:
    """Vault's own tokens, keys, tokens of users: whatever else the file has."""
    file = tmp_path / "token"
    file.write_text(text)

    with pytest.raises(PlanRefused, match=r"--reviewer-token api: .* does not contain a ServiceAccount token") as no:
        read_reviewer_tokens([f"api={file}"])
    if len(text) > 4:
        assert text not in str(no.value)


def test_tokens_by_name(tmp_path: Path) -> None:
    """What has the form is taken, and shown by no representation; a name that is not given is asked for."""
    file = tmp_path / "token"
    file.write_text(f"{_token()}\n")
    change = Change("create", "config", "auth/k/config", None, {}, "f.yaml:1:1", (("token_reviewer_jwt", "api"),))

    tokens = read_reviewer_tokens([f"api={file}", f"b={file}"])

    assert tokens.resolve([change])["api"] == _token()
    assert _token() not in repr(tokens)
    with pytest.raises(
        PlanRefused, match=r"f.yaml:1:1: auth/k/config: the token api is missing; give --reviewer-token api=FILE"
    ):
        NO_TOKENS.resolve([change])


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """A call without a file, a name that is none, a file that is not there, one that is not text, a name twice."""
    file, binary = tmp_path / "token", tmp_path / "binary"
    file.write_text(_token())
    binary.write_bytes(b"\xff\xfe")
    given = ["api", "=x", "a=", f"A b={file}", "x=/nowhere/token", f"y={binary}", f"z={file}", f"z={file}"]

    with pytest.raises(PlanRefused) as refused:
        read_reviewer_tokens(given)
    said = refused.value.problems
    assert [
        said.count("--reviewer-token is NAME=FILE; the name has lower-case letters, digits and '-'"),
        len(said),
    ] == [4, 7]
    assert "--reviewer-token x: /nowhere/token: No such file or directory" in said
    assert f"--reviewer-token y: {binary}: it is not text" in said
    assert "--reviewer-token z is given twice" in said


@given(st.text(max_size=80))
def test_any_text_is_a_token_or_none(text: str) -> None:
    """Whatever the file has; as a subject it has to be that of a ServiceAccount."""
    assert is_service_account_token(text) is False
    assert is_service_account_token(_token(f"system:serviceaccount:{text}")) in {True, False}
    assert is_service_account_token(_token(Canary.plain().value)) is False
