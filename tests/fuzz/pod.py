"""What comes to the program in the Pod: the Plan, addresses, bytes of a connection, secrets."""

from __future__ import annotations

import io
import json
import shlex
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import dotenv
import trustme

from tests.fuzz.target import CASES, Target, cases, text_of
from vault.agent.api.diagnoses import PATH, diagnose, failed
from vault.agent.api.http import BadResponse, Reader, Response
from vault.agent.api.no_secret import no_secret
from vault.agent.api.responses import MOST_SECONDS, NotVault, parse_answer, parse_auth
from vault.agent.render.files import render_files
from vault.agent.render.formats import doubtful_keys
from vault.agent.secret import Secret
from vault.agent.sidecar.machine.stated_ttl import stated_seconds
from vault.contract.certificates import certificates_in
from vault.contract.errors import MOST_WORDS, CertificatesInvalid, Failure, KeyMissing, NotRepresentable, PlanInvalid
from vault.contract.origins import parse_origin
from vault.contract.plan import FORMATS, Output, Session
from vault.contract.wire import from_json, to_json


def read_plan(data: bytes) -> None:
    """A Plan that comes back from its own text, or PlanInvalid."""
    try:
        plan = from_json(text_of(data))
    except PlanInvalid as refused:
        assert refused.message
    else:
        assert from_json(to_json(plan)) == plan


def parsed_origin(data: bytes) -> None:
    """An origin of ASCII that can be connected to, or None."""
    origin = parse_origin(text_of(data))
    if origin is not None:
        assert origin.host.isascii()
        assert 0 < origin.port < 65536
        assert not set(origin.host) & set(" \r\n/@")


def read_http(data: bytes) -> None:
    """Answers come out the same in pieces of any size, and none is taken for whole that is cut off."""
    whole, taken = _read(data, len(data) + 1)
    in_pieces, taken_in_pieces = _read(data, 1)
    assert (_shown(in_pieces), taken_in_pieces) == (_shown(whole), taken)
    if whole is None:
        return
    cut = data[: len(data) * 7919 % taken]
    assert _read(cut, len(cut) + 1)[0] is None
    with suppress(NotVault):
        parse_auth(parse_answer(whole))


def rendered(data: bytes) -> None:
    """A format, a key or none, then an answer of Vault's: files that their readers read, or why not."""
    if len(data) < 2:
        return
    headers = {"content-type": "application/json"}
    try:
        answer = parse_answer(Response(status=200, headers=headers, body=Secret(data[2:]), keeps_open=True))
    except NotVault:
        return
    values = answer.data or {}
    key = sorted(values)[data[1] % len(values)] if values and data[1] < 128 else None
    name = FORMATS[data[0] % len(FORMATS)]
    output = Output(
        directory="/d", name="f", mode="0400", key=key, format=name, decode="base64" if data[0] > 128 else ""
    )
    try:
        files = render_files(output, values)
        assert isinstance(doubtful_keys(output, values) if name == "env" else [], list)
    except (KeyMissing, NotRepresentable) as refused:
        assert isinstance(refused, Failure)
        assert refused.message
    else:
        chosen = values if key is None else {key: values[key]}
        for file in files:
            assert ".." not in file.name.split("/")
        if name in _READERS:
            _READERS[name](files[0].contents.reveal(), chosen if key is None or name != "json" else values[key])


def taken_out(data: bytes) -> None:
    """Certificates that OpenSSL loads, in ASCII, and nothing else; or why there are none."""
    try:
        found = certificates_in(data)
    except CertificatesInvalid as refused:
        assert str(refused).isprintable()
        return
    assert found.count("-----BEGIN") == found.count("-----BEGIN CERTIFICATE")
    assert certificates_in(found) == found


def diagnosed(data: bytes) -> None:
    """A status, then a body: an answer with its diagnosis, in printable and bounded words; or what it is instead."""
    if not data:
        return
    status = _STATUSES[data[0] % len(_STATUSES)]
    headers = {"location": text_of(data[1:])[:90]}
    try:
        answer = parse_answer(Response(status=status, headers=headers, body=Secret(data[1:]), keeps_open=True))
    except NotVault:
        return
    failure: Failure = failed(_SESSION, "a/b", answer)
    if 400 <= status < 500:
        failure = diagnose(PATH, _SESSION, "a/b", answer, deleted="then")
    elif status < 300 and answer.data is None:
        failure = no_secret(_SESSION, "a/b", answer)
    assert (failure.message + failure.hint).isprintable()
    assert len(failure.message + failure.hint) <= 2 * MOST_WORDS
    seconds = stated_seconds(answer.data or {}, 1.8e9, 60)
    assert seconds is None or 0 < seconds <= MOST_SECONDS


def _read(data: bytes, step: int) -> tuple[Response | None, int]:
    """Read one answer: it, and how many bytes of the data it took; None and 0 where it is refused."""
    rest = memoryview(data)

    def receive(count: int) -> bytes:
        nonlocal rest
        piece, rest = rest[: min(count, step)], rest[min(count, step) :]
        return bytes(piece)

    reader = Reader(receive)
    try:
        response = reader.read_response()
    except BadResponse as refused:
        assert str(refused).isascii()
        return None, 0
    return response, len(data) - len(rest) - len(reader._buffer)


def _shown(response: Response | None) -> list[Any]:
    """Give what is in an answer, the hidden body included."""
    if response is None:
        return []
    return [each.reveal() if isinstance(each, Secret) else each for _, each in response.items()]


def _plain(value: Any) -> Any:
    """Give a value of an answer as json.loads would, numbers that it keeps as texts included."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return float(value.text) if type(value).__name__ == "Number" else value


def _read_json(contents: bytes, values: Any) -> None:
    assert json.loads(contents) == _plain(values)


def _read_env(contents: bytes, values: dict[str, Any]) -> None:
    read = dict(each.partition("=")[::2] for each in shlex.split(contents.decode()))
    assert list(read) == list(values)
    assert all(read[name] == value for name, value in values.items() if isinstance(value, str))


def _read_dotenv(contents: bytes, values: dict[str, Any]) -> None:
    read = dotenv.dotenv_values(stream=io.StringIO(contents.decode(), newline=None), interpolate=True)
    assert list(read) == list(values)
    assert all(read[name] == value for name, value in values.items() if isinstance(value, str))


def _read_properties(contents: bytes, values: dict[str, Any]) -> None:
    text = contents.decode("ascii")
    assert text.count("\n") == len(values)
    assert text.replace("\n", "").isprintable()


_READERS: dict[str, Callable[[bytes, Any], None]] = {
    "json": _read_json,
    "env": _read_env,
    "dotenv": _read_dotenv,
    "properties": _read_properties,
}

_SECRETS = [
    b'{"data":{"k_":"a\'b","n":1.10,"s":{"a":[true,null,-0]},"e":""}}',
    b'{"data":{"A":"$x `y` ${z} \\n\\r\\u0000\\ud800 \\u00e9","B":"YWJj"},"lease_id":"x"}',
]

_STATUSES = (200, 204, 301, 307, 308, 400, 403, 404, 405, 412, 429, 500, 503)
_SESSION = Session(vault="v", address="https://v", role="r", token_file="/t")
_PEM = trustme.CA(key_type=trustme.KeyType.ECDSA).cert_pem.bytes()
_ANSWERS = (
    *(
        b"",
        b"null",
        b'{"errors":[]}',
        b'{"errors":["no handler for route"]}',
        b'{"auth":{},"data":null}',
        b"-----BEGIN X",
    ),
    b'{"data":{"ttl":"1h","expires_at":"2026-01-02T03:04:05+01:00","token":"eyJ.eyJleHAiOjE5MDAwMDAwMDB9.x"}}',
    b'{"data":{"signed_key":"ssh-rsa-cert-v01@openssh.com AAAAAA=="}}',
)

POD_TARGETS = {
    "certificates": Target(taken_out, [_PEM, _PEM.strip() * 2, b"\xef\xbb\xbf# \xe9\n" + _PEM, _PEM[:90]]),
    "diagnosis": Target(diagnosed, [bytes([number]) + each for number in range(13) for each in _ANSWERS]),
    "plan": Target(read_plan, [path.read_bytes() for path in sorted(CASES.glob("plan-*.json"))]),
    "origin": Target(parsed_origin, [case["address"].encode() for case in cases("origins.json")]),
    "http": Target(read_http, [case["bytes"].encode("latin-1") for case in cases("http-answers.json")]),
    "render": Target(
        rendered, [bytes([number, key]) + each for number in range(14) for key in (0, 1, 200) for each in _SECRETS]
    ),
}
