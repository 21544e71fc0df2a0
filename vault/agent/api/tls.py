"""TLS on a connected socket, by the C code of the standard library's ssl, without the Python above it.

That Python makes some twenty enumerations and imports what they need: 10 ms of the start of the program in the Pod
(docs/decisions/027). The verification is not in it: OpenSSL checks chain and name during the handshake, as a context
for clients asks of it from the beginning.
"""

from __future__ import annotations

import _ssl
from _ssl import SSLCertVerificationError, SSLError, SSLWantReadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from typing import Any

__all__ = ["Context", "SSLCertVerificationError", "SSLError", "SSLWantReadError", "TlsSocket", "client_context"]

Context = _ssl._SSLContext  # noqa: SLF001 - the type has no other name


def client_context() -> Context:
    """Make a context without authorities, which trusts no one yet: TLS 1.2 or later, chain and name are verified.

    As for Vault's own command and all of Go, any certificate that is added is an anchor, also an intermediate alone;
    and a name counts only among a certificate's alternative names (RFC 6125, 6.4.4), not as its subject's.
    """
    context = Context(_ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = _ssl.CERT_REQUIRED  # both are so already; it is said where it is looked for
    context.check_hostname = True
    context.minimum_version = _ssl.PROTO_TLSv1_2
    context.verify_flags |= _ssl.VERIFY_X509_PARTIAL_CHAIN
    context._host_flags |= _ssl.HOSTFLAG_NEVER_CHECK_SUBJECT  # type: ignore[attr-defined]  # noqa: SLF001 - as above
    return context


class TlsSocket:
    """A connected socket after its handshake: what a connection needs of ssl.SSLSocket, with the same errors."""

    __slots__ = ("_plain", "_tls", "settimeout")

    def __init__(self, plain: socket, context: Context, server_name: str) -> None:
        """Do the handshake, within the socket's timeout. Raises OSError, of which SSLError is one, or ValueError."""
        self._plain = plain  # _ssl itself holds no reference to it
        wrap: Any = context._wrap_socket  # type: ignore[attr-defined]  # noqa: SLF001 - typeshed does not have it
        self._tls = wrap(plain, False, server_name)
        self._tls.do_handshake()
        self.settimeout = plain.settimeout

    def sendall(self, data: bytes) -> None:
        """Send everything. Raises OSError."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._tls.write(rest) :]

    def recv(self, count: int) -> bytes:
        """Receive at most so many bytes; b"" at the end, also where the other side says no goodbye. Raises OSError."""
        try:
            data: bytes = self._tls.read(count)
        except SSLError as error:
            if error.args[0] == _ssl.SSL_ERROR_EOF:
                return b""
            raise
        return data

    def close(self) -> None:
        """Close without a goodbye. What is read or sent after it is an error, never another file's."""
        self._tls = None
        self._plain.close()
