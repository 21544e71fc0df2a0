"""The HTTP proxy between a Pod and a Vault: it connects through (RFC 9110, 9.3.6), and TLS is with Vault itself.

The proxy sees the name of Vault and how much is said, nothing else. Which one, and with which name and password, is
for the administrator of omamori to say: variables of the Pod such as HTTPS_PROXY are never looked at.
"""

from __future__ import annotations

import binascii
import time

from vault.agent.api.credential import read_text
from vault.agent.api.http import BadResponse, Reader
from vault.contract.errors import PlanInvalid
from vault.contract.origins import parse_origin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket

    from vault.agent.secret import Secret
    from vault.contract.origins import Origin
    from vault.contract.plan import Session

_MOST_BYTES = 4096
_WANTS_LOGIN = 407


class ProxyRefused(OSError):
    """The proxy does not connect to Vault; `strerror` says why."""


class Proxy:
    """The proxy of one session."""

    __slots__ = ("_plan", "origin")

    def __init__(self, login: Session) -> None:
        """Connect to nothing yet. Raises PlanInvalid for an address that is none."""
        origin = parse_origin(login.proxy)
        if origin is None or origin.scheme != "http":
            raise PlanInvalid(
                f"the address of the proxy for the Vault {login.vault!r} cannot be used: {login.proxy!r}",
                hint="fix the proxy in omamori's settings: http://HOST:PORT",
                vault=login.vault,
            )
        self._plan = login
        self.origin = origin

    def connect_through(self, plain: socket, target: Origin, ends: float) -> None:
        """Let the proxy, to which the socket is connected, connect to Vault. Raises OSError, and PlanInvalid."""

        def receive(count: int) -> bytes:
            plain.settimeout(max(0.001, ends - time.monotonic()))
            return plain.recv(count)

        lines = [f"CONNECT {target.authority} HTTP/1.1", f"Host: {target.authority}"]
        if self._plan.proxy_user_file:
            lines.append(f"Proxy-Authorization: Basic {self._credentials()}")
        plain.sendall("\r\n".join((*lines, "", "")).encode())
        reader = Reader(receive)
        try:
            status = reader.read_tunnel_answer()
        except BadResponse as error:
            raise ProxyRefused(0, f"the proxy {self.origin.authority} gives no answer of HTTP: {error}") from None
        if status == _WANTS_LOGIN:
            given = (
                "does not accept its user and password" if self._plan.proxy_user_file else "wants a user and password"
            )
            raise ProxyRefused(0, f"the proxy {self.origin.authority} {given} (HTTP 407)")
        if status // 100 != 2:  # noqa: PLR2004
            raise ProxyRefused(0, f"the proxy {self.origin.authority} does not connect to Vault (HTTP {status})")
        if reader.has_more:
            raise ProxyRefused(0, f"the proxy {self.origin.authority} says more than that it has connected")

    def _credentials(self) -> str:
        both = ":".join(
            self._read(file).reveal() for file in (self._plan.proxy_user_file, self._plan.proxy_password_file)
        )
        return binascii.b2a_base64(both.encode(), newline=False).decode()

    def _read(self, file: str) -> Secret[str]:
        hint = "a Secret in the Pod's namespace has username and password; omamori's settings name it"
        return read_text(self._plan, file, _MOST_BYTES, "the login for the proxy cannot be read from", hint)
