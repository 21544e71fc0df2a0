"""A secret is not shown: by no repr, no format, no traceback, and it cannot be serialised."""

from __future__ import annotations

import copy
import io
import json
import pickle
import traceback

import pytest

from tests.support.canary import Canary, occurrences
from vault.agent import log
from vault.agent.api.http import Reader, Response
from vault.agent.api.responses import Answer, Number, parse_answer, parse_auth
from vault.agent.api.session import Request
from vault.agent.fetch import Fetched
from vault.agent.render.files import File
from vault.agent.secret import Secret

CANARY = Canary.random()
BODY = json.dumps({"data": {"password": CANARY.value}, "auth": {"client_token": "t", "token_type": "batch"}}).encode()
RESPONSE = Response(status=200, headers={}, body=Secret(BODY), keeps_open=True)

HOLDERS = {
    "Secret": Secret(CANARY.value),
    "Secret of bytes": Secret(CANARY.value.encode()),
    "Response": RESPONSE,
    "Answer": parse_answer(RESPONSE),
    "Fetched": Fetched(values=Secret({"password": CANARY.value})),
    "File": File(name="a", contents=Secret(CANARY.value.encode()), mode=0o400),
    "Request": Request(kind="create", path="a", body=Secret(CANARY.value.encode())),
    "Number": Number(CANARY.value),
    "login": parse_auth(parse_answer(RESPONSE)),
    "Reader": Reader(io.BytesIO(CANARY.value.encode()).read),
}


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS)
def test_no_text_of_a_holder_shows_it(holder: object) -> None:
    """Neither repr nor str nor any format shows the value, also inside a list or a dict."""
    shown = f"{holder!r} {holder!s} {holder} {[holder]} { {'a': holder} } {holder!a} %s" % (holder,)

    assert occurrences(CANARY, shown.encode()) == ()
    assert not isinstance(holder, Secret) or f"{holder:>20}" == "<hidden>"


@pytest.mark.parametrize("name", ["Secret", "Response", "Answer", "Fetched", "File"])
def test_a_holder_is_not_serialised(name: str) -> None:
    """Pickle and JSON refuse it; so does a copy, which goes the same way."""
    with pytest.raises((TypeError, AttributeError)):
        pickle.dumps(HOLDERS[name])
    with pytest.raises(TypeError):
        json.dumps(HOLDERS[name])
    with pytest.raises((TypeError, AttributeError)):
        copy.deepcopy(HOLDERS[name])


def test_two_secrets_are_not_compared() -> None:
    """Equality would tell of a value by guessing; a secret equals itself alone."""
    assert Secret("a") != Secret("a")


def _fail(holder: Secret[str]) -> None:
    raise ValueError(holder.reveal())


def test_an_unexpected_error_is_reported_without_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    """The kind of the error and the places in the code are said, its text and causes are not."""
    try:
        try:
            _fail(Secret(CANARY.value))
        except ValueError as error:
            raise RuntimeError(CANARY.value) from error
    except RuntimeError as error:
        assert occurrences(CANARY, "".join(traceback.format_exception(error)).encode())
        code = log.report_unexpected(error)

    said = capsys.readouterr().err
    line = json.loads(said)
    assert code == 1
    assert occurrences(CANARY, said.encode()) == ()
    assert line["message"] == "omamori itself failed: RuntimeError"
    assert line["reason"] == "unexpected"
    assert line["places"][-1].startswith("test_hidden.py:")


def test_a_traceback_of_the_values_shows_none() -> None:
    """Even a traceback with every local variable shows no secret that is in its type."""
    answer: Answer = parse_answer(RESPONSE)
    try:
        answer.document.reveal()["none"]
    except KeyError as error:
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())

    assert "answer = Answer(status=200" in shown
    assert occurrences(CANARY, shown.encode()) == ()
