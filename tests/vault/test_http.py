"""HTTP answers: a whole one or BadResponse, whatever comes and however it comes in pieces."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.vault.cases import read_cases
from vault.agent.api import http
from vault.agent.api.http import BadResponse, Reader, Response, escape_path, render_request

CASES = read_cases("http-answers.json", 30)
GOOD = [case for case in CASES if "status" in case]
BAD = [case for case in CASES if "refused" in case]


def _source(data: bytes, step: int = 1 << 20) -> Callable[[int], bytes]:
    """Give a function like `socket.recv` that hands out at most `step` bytes a call, and b"" at the end."""
    rest = memoryview(data)

    def receive(count: int) -> bytes:
        nonlocal rest
        piece, rest = rest[: min(count, step)], rest[min(count, step) :]
        return bytes(piece)

    return receive


def _read(data: bytes, step: int = 1 << 20) -> Response:
    return Reader(_source(data, step)).read_response()


@st.composite
def _damaged(draw: st.DrawFn, data: bytes) -> bytes:
    start, length = draw(st.integers(0, len(data))), draw(st.integers(0, 8))
    return data[:start] + draw(st.binary(max_size=8)) + data[start + length :]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1 << 20])
@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["name"])
def test_an_answer_is_read_whole(case: dict[str, object], step: int) -> None:
    """Status, body and whether the line stays open come out the same in pieces of any size."""
    response = _read(str(case["bytes"]).encode("latin-1"), step)

    assert response.status == case["status"]
    assert response.body.reveal().decode() == case["body"]
    assert response.keeps_open is case.get("keeps_open", True)


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["name"])
def test_an_answer_cut_anywhere_is_refused(case: dict[str, str]) -> None:
    """No beginning of an answer is taken for a whole one."""
    whole = case["bytes"].encode("latin-1")
    for end in range(len(whole)):
        with pytest.raises(BadResponse):
            _read(whole[:end])


@pytest.mark.parametrize("step", [1, 1 << 20])
@pytest.mark.parametrize("case", BAD, ids=lambda case: case["name"])
def test_what_is_no_answer_is_refused_with_the_reason(case: dict[str, str], step: int) -> None:
    """Each text of the table is refused, in words that say why."""
    with pytest.raises(BadResponse, match=case["refused"]):
        _read(case["bytes"].encode("latin-1"), step)


def test_answers_are_read_one_after_another() -> None:
    """What comes after an answer belongs to the next one."""
    answers = [case["bytes"].encode("latin-1") for case in GOOD]
    reader = Reader(_source(b"".join(answers), 5))

    assert [reader.read_response().status for _ in answers] == [case["status"] for case in GOOD]
    with pytest.raises(BadResponse):
        reader.read_response()


@given(st.binary(max_size=200) | st.sampled_from(GOOD).flatmap(lambda case: _damaged(case["bytes"].encode("latin-1"))))
@example(b"")
@example(b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\n")
def test_any_bytes_give_an_answer_or_bad_response(data: bytes) -> None:
    """No bytes make the reader fail in any other way, and none go into its words."""
    try:
        response = _read(data)
    except BadResponse as refused:
        assert str(refused).isascii()
    else:
        assert 200 <= response.status <= 599


@pytest.mark.parametrize(
    ("data", "refused"),
    [
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, "head of the answer has more"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (http.MAX_BODY_BYTES + 1), "more than 4 MiB"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400001\r\n", "more than 4 MiB"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 70_000, "line of the answer has more"),
    ],
)
def test_an_answer_without_measure_is_refused(data: bytes, refused: str) -> None:
    """A head, a line or a body that is too large is refused as soon as that shows, not when memory ends."""
    with pytest.raises(BadResponse, match=refused):
        _read(data)


def test_a_request_is_rendered() -> None:
    """Method, path and headers stand in their lines, the length of a body is told, also of an empty one."""
    assert render_request("GET", "/v1/a", {"Host": "vault"}, b"") == b"GET /v1/a HTTP/1.1\r\nHost: vault\r\n\r\n"
    assert render_request("POST", "/v1/a", {}, b"{}") == b"POST /v1/a HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
    assert render_request("POST", "/v1/a", {}, b"") == b"POST /v1/a HTTP/1.1\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("end", ["\r", "\n", "\r\nX-Vault-Token: other"])
def test_a_header_with_a_line_end_is_refused(end: str) -> None:
    """Nothing can be put into a request by way of a header's value."""
    with pytest.raises(ValueError, match="the header X has a line end"):
        render_request("GET", "/", {"X": f"a{end}"}, b"")


@given(st.text(st.characters()))
def test_an_escaped_path_has_only_what_a_request_line_takes(path: str) -> None:
    """Whatever the path, its escaped form is of unreserved characters, '%' and '/'; no space, no line end, no '?'."""
    assert all(each.isascii() and (each.isalnum() or each in "-._~/%") for each in escape_path(path))
