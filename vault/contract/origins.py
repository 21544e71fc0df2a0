"""Parse the address of a Vault and the value of an HTTP header, both for the settings and in the Pod.

Both sides use the same parser, so that every accepted setting works in a Pod.
"""

from __future__ import annotations

from vault.contract.values import Value

_DEFAULT_PORTS = {"https": 443, "http": 80}
_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._")
_IPV6 = frozenset("ABCDEFabcdef0123456789:.")


class Origin(Value):
    """Where to connect: scheme, host (ASCII, an IPv6 address without brackets) and port."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and port as a URL and the header Host have them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_origin(address: str) -> Origin | None:
    """Parse the origin of a URL; path and query are passed over. None: it is no http or https URL.

    The host is in small letters: names of hosts do not tell capitals (RFC 3986, 6.2.2.1).
    """
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
    host = host.lower()
    if not tail:
        return Origin(scheme=scheme, host=host, port=_DEFAULT_PORTS[scheme])
    port = tail.removeprefix(":")
    # int() alone would take digits of other scripts, and a text as long as one likes
    if port == tail or not (port.isascii() and port.isdigit()) or len(port) > 5 or not 0 < int(port) < 65536:  # noqa: PLR2004 - TCP
        return None
    return Origin(scheme=scheme, host=host, port=int(port))


def is_header_value(text: str) -> bool:
    """Whether a text can be the value of an HTTP header as we send them: printable ASCII; a Vault namespace is one."""
    return text.isascii() and text.isprintable()
