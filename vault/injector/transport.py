"""Rule: one connection to one Vault, kept open between calls; what goes wrong on it is a `NoAnswer`, and nothing else.

Facts
- A server name given as bytes keeps the `idna` codec from being imported (2 to 5 ms); a certificate directory hashed as
  OpenSSL does costs nothing to load, all certificates of a Debian cost 54 ms.
- A connection that was idle may have been closed by the other side: the next call then finds an end without an answer,
  which the retry table treats as any lost answer.
"""

from __future__ import annotations

import socket
import ssl
import time

from vault.errors import PlanInvalid
from vault.injector.http import BadResponse, Reader, render_request
from vault.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault.contract import Session
    from vault.injector.http import Response

SYSTEM_CERTIFICATES = "/etc/ssl/certs"
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 60.0
_DEFAULT_PORTS = {"https": 443, "http": 80}
_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._")
_IPV6 = frozenset("ABCDEFabcdef0123456789:.")


class NoAnswer(Exception):
    """No whole answer came. `sent`: the request, or a part of it, may have reached Vault."""

    def __init__(self, message: str, *, sent: bool, hint: str = "") -> None:
        """Say what happened, in words that hold no value."""
        super().__init__(message)
        self.sent = sent
        self.hint = hint


class Origin(Value):
    """Where to connect: scheme, host (ASCII, an IPv6 address without brackets) and port."""

    scheme: str
    host: str
    port: int


def parse_origin(address: str) -> Origin | None:
    """Parse the origin of a URL; path and query are passed over. None: it is no http or https URL."""
    scheme, separator, rest = address.partition("://")
    authority = rest.partition("/")[0].partition("?")[0]
    if not separator or scheme not in _DEFAULT_PORTS:
        return None
    if authority.startswith("["):
        host, bracket, tail = authority[1:].partition("]")
        allowed = _IPV6 if bracket else frozenset()
    else:
        host, colon, port = authority.partition(":")
        tail, allowed = colon + port, _NAME
    if not host or not allowed.issuperset(host):
        return None
    if not tail:
        return Origin(scheme=scheme, host=host, port=_DEFAULT_PORTS[scheme])
    port = tail.removeprefix(":")
    # int() alone would take digits of other scripts, and a text as long as one likes
    if port == tail or not (port.isascii() and port.isdigit()) or len(port) > 5 or not 0 < int(port) < 65536:  # noqa: PLR2004 - TCP
        return None
    return Origin(scheme=scheme, host=host, port=int(port))


def trust(session: Session) -> ssl.SSLContext:
    """Make the TLS settings of a session: its own CA, or the image's. Raises PlanInvalid for a CA that is none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if session.ca_pem:
            context.load_verify_locations(cadata=session.ca_pem)
        elif session.ca_file:
            context.load_verify_locations(cafile=session.ca_file)
        else:
            context.load_verify_locations(capath=session.ca_directory or SYSTEM_CERTIFICATES)
    except (OSError, ValueError, TypeError):  # TypeError: the text is not ASCII
        where = session.ca_file or session.ca_directory or SYSTEM_CERTIFICATES
        raise PlanInvalid(
            f"the CA of the Vault {session.vault!r} cannot be read from {'the Plan' if session.ca_pem else where}",
            hint="mend the CA in omamori's settings; a ConfigMap must hold certificates in PEM",
            vault=session.vault,
        ) from None
    return context


class Connection:
    """A connection that is opened by the first call and again after one that failed."""

    __slots__ = ("_context", "_ends", "_origin", "_reader", "_server_name", "_socket")

    def __init__(self, origin: Origin, context: ssl.SSLContext | None, server_name: str = "") -> None:
        """Connect to nothing yet. `context` is None for http; `server_name` "" is the host."""
        self._origin = origin
        self._context = context
        self._server_name = server_name or origin.host
        self._socket: socket.socket | None = None
        self._reader: Reader | None = None

    def call(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, *, connect_seconds: float, seconds: float
    ) -> Response:
        """Send a request and read its answer. Raises NoAnswer."""
        if self._socket is None:
            self._open(min(connect_seconds, CONNECT_SECONDS))
        assert self._socket is not None
        assert self._reader is not None
        try:
            self._ends = time.monotonic() + min(seconds, ANSWER_SECONDS)
            self._socket.settimeout(max(0.001, min(seconds, ANSWER_SECONDS)))
            host = f"[{self._origin.host}]" if ":" in self._origin.host else self._origin.host
            named = {"Host": f"{host}:{self._origin.port}", **headers}
            self._socket.sendall(render_request(method, path, named, body))
            response = self._reader.read_response()
        except BadResponse as error:
            self.close()
            raise NoAnswer(str(error), sent=True) from None
        except OSError as error:
            self.close()
            raise NoAnswer(f"the connection failed: {_words(error)}", sent=True) from None
        if not response.keeps_open:
            self.close()
        return response

    def close(self) -> None:
        """Close, without telling; the next call connects anew."""
        if self._socket is not None:
            self._socket.close()
        self._socket = self._reader = None

    def _open(self, seconds: float) -> None:
        origin = self._origin
        try:
            # typeshed has no bytes for a host, the C function does; see the head of this file
            plain = socket.create_connection((origin.host.encode(), origin.port), timeout=max(0.001, seconds))  # type: ignore[arg-type]
        except OSError as error:
            raise NoAnswer(f"no connection to {origin.host}:{origin.port}: {_words(error)}", sent=False) from None
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = (
                plain
                if self._context is None
                else self._context.wrap_socket(plain, server_hostname=self._server_name.encode())
            )
        except (OSError, ValueError) as error:
            plain.close()
            raise _no_trust(origin, self._server_name, error) from None
        self._reader = Reader(self._receive)

    def _receive(self, count: int) -> bytes:
        """Receive within what is left for the whole answer: a byte now and then does not hold us."""
        assert self._socket is not None
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        return self._socket.recv(count)


def _no_trust(origin: Origin, server_name: str, error: Exception) -> NoAnswer:
    where = f"{origin.host}:{origin.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return NoAnswer(
            f"the certificate of {where} is not trusted: {error.verify_message}",
            sent=False,
            hint=f"the CA in omamori's settings must have signed it, and it must name {server_name!r} "
            "and be in date by this node's clock",
        )
    if isinstance(error, ssl.SSLError):
        return NoAnswer(
            f"no TLS with {where}: {error.reason or 'the handshake was cut off'}",
            sent=False,
            hint="is this the port of a Vault, and does it speak TLS 1.2 or later?",
        )
    return NoAnswer(f"no TLS with {where}: {_words(error)}", sent=False)


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__
