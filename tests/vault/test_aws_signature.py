"""Signature Version 4, beside AWS's published vectors and botocore, and the reading of STS's answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given
from hypothesis import strategies as st

from vault.agent.api.aws_answers import parse_credentials, parse_error
from vault.agent.api.aws_signature import Credentials, Scope, form_encoded, sign
from vault.agent.secret import Secret

SUITE: dict[str, Any] = json.loads((Path(__file__).parents[1] / "cases/aws-sigv4.json").read_text())
_VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)
_VALUES = st.lists(_VISIBLE, min_size=1, max_size=3).map(" ".join)
_NAMES = st.from_regex(r"X-[A-Z][a-z]{1,8}(-[A-Z][a-z]{0,8})?", fullmatch=True).filter(
    lambda name: not name.startswith("X-Amz") and name != "X-Amzn-Trace-Id"
)
ANSWER = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Credentials>
      <AccessKeyId>{}</AccessKeyId>
      <SecretAccessKey>{}</SecretAccessKey>
      <SessionToken>{}</SessionToken>
      <Expiration>2026-11-30T15:00:00Z</Expiration>
    </Credentials>
    <SubjectFromWebIdentityToken>system:serviceaccount:shop:checkout</SubjectFromWebIdentityToken>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"""


def _keys(access_key: str, secret_key: str, session_token: str = "") -> Credentials:
    return Credentials(access_key=access_key, secret_key=Secret(secret_key), session_token=Secret(session_token))


def test_there_are_vectors() -> None:
    assert len(SUITE["cases"]) == 6


@pytest.mark.parametrize("name", SUITE["cases"])
def test_vectors(name: str) -> None:
    """Each signature is that which AWS has published."""
    case = SUITE["cases"][name]
    scope = Scope(time=SUITE["time"], region=SUITE["region"], service=SUITE["service"])
    keys = _keys(SUITE["access_key"], SUITE["secret_key"], case.get("session_token", ""))
    found = sign(case["headers"], case.get("body", "").encode(), keys, scope)
    assert found["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={case['signed']}, Signature={case['signature']}"
    )


@given(
    access_key=_VISIBLE,
    secret_key=_VISIBLE,
    session_token=st.just("") | _VISIBLE,
    region=st.from_regex(r"[a-z]{2}-[a-z]{4,9}-[1-9]", fullmatch=True),
    headers=st.dictionaries(_NAMES, _VALUES, max_size=3),
    fields=st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=4),
)
def test_the_signature_is_that_of_botocore(
    access_key: str, secret_key: str, session_token: str, region: str, headers: dict[str, str], fields: dict[str, str]
) -> None:
    """For any keys, headers and body, all headers are signed, and as botocore does."""
    body = form_encoded(fields)
    host = f"sts.{region}.amazonaws.com"
    unique = {name.lower(): (name, value) for name, value in headers.items()}
    given_headers = {"Host": host, "Content-Type": "application/x-www-form-urlencoded", **dict(unique.values())}
    request = AWSRequest("POST", f"https://{host}/", data=body, headers=dict(given_headers))
    SigV4Auth(BotoCredentials(access_key, secret_key, session_token or None), "sts", region).add_auth(request)

    scope = Scope(time=str(request.context["timestamp"]), region=region, service="sts")
    found = sign(given_headers, body, _keys(access_key, secret_key, session_token), scope)
    assert found["Authorization"] == request.headers["Authorization"]
    assert found.get("X-Amz-Security-Token") == request.headers.get("X-Amz-Security-Token")


@given(fields=st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=4))
def test_a_form_is_read_as_it_was_written(fields: dict[str, str]) -> None:
    """Any text comes through, and nothing but unreserved characters is sent as it is."""
    from urllib.parse import parse_qsl  # noqa: PLC0415 - the program in the Pod has none of it

    encoded = form_encoded(fields).decode("ascii")
    assert parse_qsl(encoded, keep_blank_values=True, strict_parsing=bool(fields)) == list(fields.items())
    assert re.fullmatch(r"[A-Za-z0-9._~%&=-]*", encoded)


def test_credentials() -> None:
    """The three keys, with XML's entities resolved once."""
    found = parse_credentials(ANSWER.format("AKID", "a/b+c&amp;lt;", "x&lt;y==").encode())
    assert found is not None
    assert found.access_key == "AKID"
    assert (found.secret_key.reveal(), found.session_token.reveal()) == ("a/b+c&lt;", "x<y==")
    assert "x<y" not in repr(found)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "<html><body>sign in</body></html>",
        ANSWER.format("", "b", "c"),
        ANSWER.format("a\nb", "b", "c"),
        ANSWER.format("é", "b", "c"),
        ANSWER.format("a</AccessKeyId><AccessKeyId>b", "b", "c"),
        ANSWER.format("a", "b", "c").replace("SessionToken", "Token"),
        ANSWER.format("a", "b", "c").replace("</Credentials>", ""),
        ANSWER.format("a", "b", "c") * 2,
    ],
)
def test_no_credentials(answer: str) -> None:
    """What is not just that answer is none."""
    assert parse_credentials(answer.encode()) is None


def test_error() -> None:
    """An error has a code and words, on one line each."""
    answer = (
        b"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not\n authorized</Message></Error>"
    )
    assert parse_error(answer, Secret("")) == ("AccessDenied", "Not authorized")
    assert parse_error(b"<html>", Secret("")) == ("", "")


@given(st.binary(max_size=200) | st.text(alphabet="<>/&;CredntialsKyIodMgEr", max_size=80).map(str.encode))
def test_any_answer(answer: bytes) -> None:
    """Any bytes give a value, and no error."""
    assert parse_credentials(answer) is None
    assert len(parse_error(answer, Secret("x"))) == 2
