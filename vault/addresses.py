"""Check the address of a Vault, or of a proxy in front of it: only scheme, host and port are allowed.

A path is refused: with `https://vault:8200/v1` or `/ui`, as a browser shows it, every call would get 404, and Vault
would look empty. A refused address is not shown if it may contain a password.
"""

from __future__ import annotations

from urllib.parse import urlsplit

_SCHEMES = ("https", "http")
_EXAMPLE = "write https://HOST:PORT"


def address_problem(address: str) -> str:
    """Return what is wrong with the address of a Vault, and what to write instead; "" if it is valid."""
    scheme, separator, rest = address.partition("://")
    if not address:
        return f"is empty; {_EXAMPLE}"
    if not address.isascii() or not address.isprintable() or " " in address:
        return f"has an invalid character; {_EXAMPLE}"
    if not separator:
        return f"does not begin with https:// or http://; {_EXAMPLE}"
    if scheme.lower() not in _SCHEMES:
        return f"is neither https:// nor http://; {_EXAMPLE}"
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return f"has no valid host and port; {_EXAMPLE}"
    if "@" in rest:
        return f"contains a user name or password; {_EXAMPLE}"
    if not host or port == 0:
        return f"has no host or no port; {_EXAMPLE}"
    if parts.path not in {"", "/"} or "?" in rest or "#" in rest:
        return f"has more than scheme, host and port, such as the path /v1 or /ui; write {origin_of(address)}"
    return ""


def proxy_problem(address: str) -> str:
    """Return what is wrong with the address of a proxy, which may contain a user and password; "" if it is valid."""
    scheme, separator, rest = address.partition("://")
    return address_problem(f"{scheme}{separator}{rest.rpartition('@')[2]}")


def origin_of(address: str) -> str:
    """Return scheme, host and port of a URL, without user, password and path."""
    parts = urlsplit(address)
    return f"{parts.scheme.lower()}://{parts.netloc.rpartition('@')[2]}"
