"""A URL's parts, and the escapes in them. As Go's net/url."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.functions.sprig.addresses import is_ipv6

TYPE_CHECKING = False
if TYPE_CHECKING:
    User = tuple[bytes, bytes | None] | None

_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = b"0123456789"
_HEX_DIGITS = frozenset(b"0123456789abcdefABCDEF")
_UNRESERVED = _LETTERS + _DIGITS + b"-_.~"
# what stands as it is in each part
PATH = frozenset(_UNRESERVED + b"$&+,/:;=@")
HOST = frozenset(_UNRESERVED + b"!\"$&'()*+,:;<=>[]")
USER = frozenset(_UNRESERVED + b"$&+,;=")
FRAGMENT = frozenset(_UNRESERVED + b"!$&()*+,/:;=?@")
_USERINFO = _UNRESERVED + b":!$&'()*+,;=%@"
_IN_SCHEME = frozenset(_LETTERS + _DIGITS + b"+-.")
_ZONE = b"%25"
_CONTROLS = bytes((*range(0x20), 0x7F))


def escaped(text: bytes, allowed: frozenset[int]) -> bytes:
    """Return a text with escapes for what may not stand in a part."""
    if allowed.issuperset(text):
        return text
    return b"".join(bytes((each,)) if each in allowed else b"%%%02X" % each for each in text)


def unescaped(text: bytes, *, is_host: bool = False, is_zone: bool = False) -> bytes:
    """Return a text without escapes; in a host they are for what is not ASCII. Raises Fault."""
    if (is_host or is_zone) and any(each < 0x80 and each not in HOST and each != ord("%") for each in text):  # noqa: PLR2004
        raise Fault("invalid character in a host name of a URL")
    first, *others = text.split(b"%")
    pieces = [first]
    for each in others:
        digits = each[:2]
        if len(digits) < 2 or not _HEX_DIGITS.issuperset(digits):  # noqa: PLR2004 - two digits
            raise Fault("invalid escape in a URL")
        code = int(digits, 16)
        is_percent = digits == b"25"
        if is_host and code < 0x80 and not is_percent:  # noqa: PLR2004 - ASCII
            raise Fault("invalid escape in a URL")
        if is_zone and not is_percent and code not in HOST and code != ord(" "):
            raise Fault("invalid escape in a URL")
        pieces.append(bytes((code,)) + each[2:])
    return b"".join(pieces)


class Url:
    """The parts of a URL, without escapes but for the query and what is opaque."""

    __slots__ = ("fragment", "host", "opaque", "path", "query", "scheme", "user")

    def __init__(self) -> None:
        """Begin with none."""
        self.scheme = self.opaque = self.host = self.path = self.query = self.fragment = b""
        self.user: User = None

    def hostname(self) -> bytes:
        """Return the host without a port and brackets."""
        before, colon, port = self.host.rpartition(b":")
        name = before if colon and (not port or port.isdigit()) else self.host
        return name[1:-1] if name.startswith(b"[") and name.endswith(b"]") else name


def read(text: bytes) -> Url:
    """Return the parts. Raises Fault."""
    url = Url()
    rest, _mark, fragment = text.partition(b"#")
    if len(rest.translate(None, _CONTROLS)) < len(rest):
        raise Fault("invalid control character in a URL")
    if rest == b"*":
        url.path = rest
    else:
        url.scheme, rest = _scheme(rest)
        rest, _mark, url.query = rest.partition(b"?")
        _read_hierarchy(url, rest)
    url.fragment = unescaped(fragment)
    return url


def _scheme(text: bytes) -> tuple[bytes, bytes]:
    """Return the scheme in small letters, b"" if there is none, and what is after it. Raises Fault."""
    end = 0
    while end < len(text) and text[end] in _IN_SCHEME:
        if end == 0 and text[0] not in _LETTERS:
            return b"", text
        end += 1
    if text[end : end + 1] != b":":
        return b"", text
    if not end:
        raise Fault("a URL without a scheme before its colon")
    return text[:end].lower(), text[end + 1 :]


def _read_hierarchy(url: Url, rest: bytes) -> None:
    if not rest.startswith(b"/"):
        if url.scheme:
            url.opaque = rest
            return
        if b":" in rest.partition(b"/")[0]:
            raise Fault("the first segment of a URL's path has a colon")
    if rest.startswith(b"//") and (url.scheme or not rest.startswith(b"///")):
        authority, slash, path = rest[2:].partition(b"/")
        rest = slash + path
        _read_authority(url, authority)
    url.path = unescaped(rest)


def _read_authority(url: Url, authority: bytes) -> None:
    userinfo, mark, host = authority.rpartition(b"@")
    url.host = _host(host)
    if not mark:
        return
    if userinfo.translate(None, _USERINFO):
        raise Fault("invalid user in a URL")
    name, colon, password = userinfo.partition(b":")
    url.user = unescaped(name), (unescaped(password) if colon else None)


def _check_port(text: bytes) -> None:
    if text and (text[:1] != b":" or text[1:].translate(None, _DIGITS)):
        raise Fault("invalid port in a URL")


def _host(host: bytes) -> bytes:
    """Return a host with its port. Raises Fault."""
    bracket = host.rfind(b"[")
    if bracket > 0:
        raise Fault("invalid address in a URL")
    if bracket == 0:
        return _literal(host)
    _name, colon, port = host.rpartition(b":")  # the last one, as with Go's setting urlstrictcolons=0, which is there
    if colon:
        _check_port(colon + port)
    return unescaped(host, is_host=True)


def _literal(host: bytes) -> bytes:
    """Return an address in brackets, of version 6, and a port."""
    address, bracket, port = host[1:].rpartition(b"]")
    if not bracket:
        raise Fault("a URL without the bracket after its address")
    _check_port(port)
    zone_at = address.find(_ZONE)
    zone = b""
    if zone_at >= 0:
        zone = unescaped(address[zone_at:], is_zone=True)
        address = address[:zone_at]
    address = unescaped(address, is_host=True)
    if not is_ipv6(address + zone):
        raise Fault("invalid address in a URL")
    return b"[" + address + zone + b"]" + port
