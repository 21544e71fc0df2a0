"""Parse HTTP/1.1 answers strictly (RFC 9112), without network access.

`read_response` reads bytes from a function and returns a complete answer or raises: a truncated answer is never taken
for a complete one. It supports Content-Length, chunked transfer coding, and answers without a body.
"""

from __future__ import annotations

from vault.agent.secret import Secret
from vault.contract.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_HEAD_BYTES = 64 * 1024
# twice what any storage of Vault can hold as a secret; parsed, many small objects take fifty times as much
MAX_BODY_BYTES = 4 * 1024 * 1024
_PIECE = 64 * 1024
_NO_BODY = (204, 304)
_FRAMING = ("content-length", "transfer-encoding")


class BadResponse(Exception):
    """Not a complete HTTP answer. The text says what is wrong, but shows nothing of the content."""


class Response(Value):
    """A complete answer. Header names are in lower case; the last of repeats counts; framing headers must be unique."""

    status: int
    headers: Mapping[str, str]
    body: Secret[bytes]
    keeps_open: bool


class Reader:
    """Reads answers one after another from a function like `socket.recv`, which gives b"" at the end."""

    __slots__ = ("_buffer", "_receive")

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        """Start with nothing read."""
        self._receive = receive
        self._buffer = b""

    @property
    def has_more(self) -> bool:
        """Whether more has come than was read: bytes behind an answer."""
        return bool(self._buffer)

    def read_response(self) -> Response:
        """Read one answer and skip 1xx answers before it. Raises BadResponse, and what `receive` raises."""
        status, headers = self._read_head()
        while status < 200:  # noqa: PLR2004 - informational
            if status == 101:  # noqa: PLR2004
                raise BadResponse("the server changes the protocol, which nobody asked for")
            status, headers = self._read_head()
        keeps_open = "close" not in headers.get("connection", "").lower()
        coding = headers.get("transfer-encoding")
        if status in _NO_BODY:
            body = b""
        elif coding is not None:
            if coding.lower() != "chunked":
                raise BadResponse("the answer has a transfer coding other than chunked")
            body = self._read_chunks()
        elif "content-length" in headers:
            body = self._read_exactly(_parse_length(headers["content-length"]))
        else:
            raise BadResponse(
                "the answer has neither a length nor chunks: its end cannot be told from a lost connection"
            )
        return Response(status=status, headers=headers, body=Secret(body), keeps_open=keeps_open)

    def read_tunnel_answer(self) -> int:
        """Read a proxy's answer to CONNECT, of which only a head comes, and give its status. Raises as above."""
        status, _ = self._read_head()
        while status < 200:  # noqa: PLR2004 - informational
            status, _ = self._read_head()
        return status

    def _read_head(self) -> tuple[int, dict[str, str]]:
        end = self._buffer.find(b"\r\n\r\n")
        while end < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise BadResponse("the head of the answer has more than 64 KiB")
            self._fill("the head of the answer")
            end = self._buffer.find(b"\r\n\r\n")
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        first, *lines = head.decode("latin-1").split("\r\n")
        words = first.split(" ", 2)
        if len(words) < 2 or words[0] not in ("HTTP/1.1", "HTTP/1.0") or not _is_status(words[1]):  # noqa: PLR2004
            raise BadResponse("the answer is not HTTP/1.1; is this the port of a Vault, and with TLS?")
        headers: dict[str, str] = {}
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip():
                raise BadResponse("the answer has a header line without a name")
            name = name.lower()
            if name in headers and name in _FRAMING:
                raise BadResponse("the answer says twice where it ends")
            headers[name] = value.strip(" \t")
        if words[0] == "HTTP/1.0":
            headers.setdefault("connection", "close")
        return int(words[1]), headers

    def _read_chunks(self) -> bytes:
        chunks: list[bytes] = []
        total = 0
        while True:
            size = _parse_chunk_size(self._read_line())
            if size == 0:
                break
            total += size
            if total > MAX_BODY_BYTES:
                raise BadResponse("the answer has more than 4 MiB")
            chunks.append(self._read_exactly(size))
            if self._read_exactly(2) != b"\r\n":
                raise BadResponse("a chunk of the answer is longer than it says")
        while self._read_line():
            pass  # trailers
        return b"".join(chunks)

    def _read_line(self) -> bytes:
        end = self._buffer.find(b"\r\n")
        while end < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise BadResponse("a line of the answer has more than 64 KiB")
            self._fill("a chunk of the answer")
            end = self._buffer.find(b"\r\n")
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        return line

    def _read_exactly(self, count: int) -> bytes:
        if count > MAX_BODY_BYTES:
            raise BadResponse("the answer has more than 4 MiB")
        pieces = [self._buffer]
        have = len(self._buffer)
        while have < count:
            piece = self._receive(_PIECE)
            if not piece:
                raise BadResponse("the connection ended within the body of the answer")
            pieces.append(piece)
            have += len(piece)
        whole = b"".join(pieces)
        self._buffer = whole[count:]
        return whole[:count]

    def _fill(self, what: str) -> None:
        piece = self._receive(_PIECE)
        if not piece:
            raise BadResponse(f"the connection ended before or within {what}")
        self._buffer += piece


def render_request(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Render a request. `path` is escaped already; a line end in a header value is refused with ValueError."""
    lines = [f"{method} {path} HTTP/1.1"]
    for name, value in headers.items():
        if "\r" in value or "\n" in value:
            raise ValueError(f"the header {name} has a line end")
        lines.append(f"{name}: {value}")
    if body or method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def escape_path(path: str) -> str:
    """Escape a path for a request line (RFC 3986): everything but unreserved characters and '/'."""
    return "".join(
        chr(octet) if octet in _UNRESERVED else f"%{octet:02X}" for octet in path.encode("utf-8", "surrogatepass")
    )


_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def _is_status(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isdigit() and text[0] in "12345"  # noqa: PLR2004


def _parse_length(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 12:  # noqa: PLR2004
        raise BadResponse("the answer has a Content-Length that is no number")
    return int(text)


def _parse_chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip(b" \t")
    if not 1 <= len(digits) <= 8 or digits.strip(b"0123456789abcdefABCDEF"):  # noqa: PLR2004
        raise BadResponse("a chunk of the answer has no size")
    return int(digits, 16)
