"""One connection to one Vault, kept open between calls. All of its errors are a `NoAnswer`.

Facts
- A host given as bytes keeps the `idna` codec from being imported (2 to 5 ms), and `_socket` the enumerations of
  `socket` (docs/decisions/027); a certificate directory hashed as OpenSSL does costs nothing to load, all
  certificates of a Debian cost 54 ms.
- A connection that was idle may have been closed by the other side, and a proxy that is out of step sends an answer too
  many: of a connection on which anything came before the question, nothing is taken for the answer.
- A name may have many addresses: all that looking up and connecting takes has one end.
"""

from __future__ import annotations

import _socket
import time

from vault.agent.api.http import BadResponse, Reader, render_request
from vault.agent.api.tls import SSLCertVerificationError, SSLError, SSLWantReadError, TlsSocket, client_context
from vault.contract.errors import CertificatesInvalid, PlanInvalid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vault.agent.api.http import Response
    from vault.agent.api.proxy import Proxy
    from vault.agent.api.tls import Context
    from vault.contract.origins import Origin
    from vault.contract.plan import Session

SYSTEM_CERTIFICATES = "/etc/ssl/certs"
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 60.0
MOST_ADDRESSES = 8
_MOST_CA_BYTES = 4 * 1024 * 1024


class NoAnswer(Exception):
    """There was no complete answer. `sent`: the request, or a part of it, may have reached Vault."""

    def __init__(self, message: str, *, sent: bool, hint: str = "") -> None:
        """Take a description without any value."""
        super().__init__(message)
        self.sent = sent
        self.hint = hint


def trust(session: Session) -> Context:
    """Make the TLS context of a session: its CA, or the image's, and its client certificate. Raises PlanInvalid."""
    context = client_context()
    try:
        if session.ca_pem:
            _load_bundle(context, session.ca_pem)
        elif session.ca_file:
            with open(session.ca_file, "rb") as file:
                _load_bundle(context, file.read(_MOST_CA_BYTES))
        else:
            context.load_verify_locations(capath=session.ca_directory or SYSTEM_CERTIFICATES)
    except (OSError, ValueError) as error:
        where = session.ca_file or session.ca_directory or SYSTEM_CERTIFICATES
        trouble = f"it {error}" if isinstance(error, CertificatesInvalid) else _words(error)
        raise PlanInvalid(
            f"the CA of the Vault {session.vault!r} cannot be read from "
            f"{'the Plan' if session.ca_pem else where}: {trouble}",
            hint="fix the CA in omamori's settings; a ConfigMap must hold certificates in PEM",
            vault=session.vault,
        ) from None
    if session.client_certificate_file:
        from vault.agent.api.client_certificate import load_certificate  # noqa: PLC0415 - few Pods pay for it

        load_certificate(context, session)
    return context


def _load_bundle(context: Context, bundle: str | bytes) -> None:
    """Load a bundle; one that is not the webhook's, which are clean, is cleaned first. Raises CertificatesInvalid."""
    try:
        if isinstance(bundle, str):
            context.load_verify_locations(cadata=bundle)
            return
    except (OSError, ValueError, TypeError):  # TypeError: the text is not ASCII
        pass
    from vault.contract.certificates import certificates_in  # noqa: PLC0415 - few Pods pay for it

    context.load_verify_locations(cadata=certificates_in(bundle))


class _PlainSocket(_socket.socket):
    """A socket to which _ssl can hold a weak reference, as it wants to."""

    __slots__ = ("__weakref__",)


class Connection:
    """A connection that is opened by the first call and again after one that failed."""

    __slots__ = ("_context", "_ends", "_known", "_origin", "_proxy", "_reader", "_server_name", "_socket")

    def __init__(
        self, origin: Origin, context: Context | None, server_name: str = "", proxy: Proxy | None = None
    ) -> None:
        """Connect to nothing yet. `context` is None for http; `server_name` "" is the host."""
        self._origin = origin
        self._proxy = proxy
        self._context = context
        self._server_name = server_name or origin.host
        self._socket: _PlainSocket | TlsSocket | None = None
        self._reader: Reader | None = None
        self._known: list[Any] = []

    def call(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        connect_seconds: float,
        seconds: float,
        resolves: bool = True,
    ) -> Response:
        """Send a request and read its answer, all in `seconds`. Raises NoAnswer.

        Without `resolves` only the address is connected to that was so before: for a last word in little time.
        """
        ends = time.monotonic() + max(0.001, seconds)
        if self._socket is not None and self._has_strayed():
            self.close()
        if self._socket is None:
            self._open(min(ends, time.monotonic() + min(connect_seconds, CONNECT_SECONDS)), resolves=resolves)
        assert self._socket is not None
        assert self._reader is not None
        try:
            self._ends = min(ends, time.monotonic() + ANSWER_SECONDS)
            self._socket.settimeout(max(0.001, self._ends - time.monotonic()))
            named = {"Host": self._origin.authority, **headers}
            self._socket.sendall(render_request(method, path, named, body))
            response = self._reader.read_response()
        except BadResponse as error:
            self.close()
            raise NoAnswer(str(error), sent=True) from None
        except OSError as error:
            self.close()
            raise NoAnswer(f"the connection failed: {_words(error)}", sent=True) from None
        except BaseException:  # of a signal's handler: the answer that is still to come is nobody's
            self.close()
            raise
        if not response.keeps_open:
            self.close()
        return response

    def close(self) -> None:
        """Close without TLS shutdown; the next call reconnects."""
        if self._socket is not None:
            self._socket.close()
        self._socket = self._reader = None

    def _has_strayed(self) -> bool:
        """Whether something came before a question was asked: bytes, or the end. TLS's own messages do not count."""
        assert self._socket is not None
        assert self._reader is not None
        if self._reader.has_more:
            return True
        try:
            self._socket.settimeout(0)
            self._socket.recv(1)
        except (BlockingIOError, SSLWantReadError):
            return False
        except OSError:
            pass
        return True

    def _open(self, ends: float, *, resolves: bool) -> None:
        origin = self._origin
        first = origin if self._proxy is None else self._proxy.origin
        try:
            plain = self._connect(first, ends, resolves=resolves)
        except OSError as error:
            what = "" if self._proxy is None else " (the proxy)"
            raise NoAnswer(f"no connection to {first.host}:{first.port}{what}: {_words(error)}", sent=False) from None
        try:
            plain.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
            if self._proxy is not None:
                self._connect_through(plain, ends)
            plain.settimeout(max(0.001, ends - time.monotonic()))
            connected = plain if self._context is None else TlsSocket(plain, self._context, self._server_name)
        except (OSError, ValueError) as error:
            plain.close()
            raise _no_trust(origin, self._server_name, error) from None
        # a signal's handler may raise in between: a connection is there once its socket is
        self._reader = Reader(self._receive)
        self._socket = connected

    def _connect_through(self, plain: _PlainSocket, ends: float) -> None:
        """Let the proxy connect to Vault. Raises NoAnswer, and closes the socket where it does not."""
        assert self._proxy is not None
        try:
            self._proxy.connect_through(plain, self._origin, ends)
        except OSError as error:
            plain.close()
            raise NoAnswer(f"no connection to {self._origin.host}: {_words(error)}", sent=False) from None
        except Exception:  # its user and password cannot be read
            plain.close()
            raise

    def _connect(self, origin: Origin, ends: float, *, resolves: bool) -> _PlainSocket:
        """Connect to one address of a host after the other, each with its part of what is left. Raises OSError."""
        addresses: list[Any]
        if not resolves:
            addresses = self._known
        else:
            try:
                # typeshed has no bytes for a host, the C function does; see the head of this file
                flags, kind = _socket.AI_NUMERICHOST, _socket.SOCK_STREAM
                addresses = _socket.getaddrinfo(origin.host.encode(), origin.port, type=kind, flags=flags)
            except OSError:  # a name
                from vault.agent.api.resolve import look_up  # noqa: PLC0415 - an address needs none

                addresses = look_up(origin, ends)
        error: OSError = TimeoutError() if resolves else OSError(0, "its address is not known")
        for number, (family, kind, protocol, _, address) in enumerate(addresses[:MOST_ADDRESSES]):
            left = ends - time.monotonic()
            if left <= 0:
                raise TimeoutError
            plain = _PlainSocket(family, kind, protocol)
            try:
                plain.settimeout(left / (min(len(addresses), MOST_ADDRESSES) - number))
                plain.connect(address)
            except OSError as failed:
                plain.close()
                error = failed
            else:
                self._known = [addresses[number]]
                return plain
        raise error

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
    if isinstance(error, SSLCertVerificationError):
        return NoAnswer(
            f"the certificate of {where} is not trusted: {error.verify_message}",
            sent=False,
            hint=f"the CA in omamori's settings must have signed it, and it must name {server_name!r} "
            "and be in date by this node's clock",
        )
    if isinstance(error, SSLError):
        reason = getattr(error, "reason", "")  # not every one has it
        return NoAnswer(
            f"no TLS with {where}: {reason or 'the handshake was cut off'}",
            sent=False,
            hint="is this the port of a Vault, and does it speak TLS 1.2 or later?",
        )
    return NoAnswer(f"no TLS with {where}: {_words(error)}", sent=False)


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__
