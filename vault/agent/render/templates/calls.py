"""The arguments of `secret`, `secrets` and `pkiCert` as a call to Vault, by the rules of Consul-Template.

    secret "secret/data/db"                      a read; with ?version=2, of that version
    secret "pki/issue/web" "common_name=a" …     a write of these names and values
    secrets "secret/apps"                        a list of names

A path is a URL's: `%20` is a blank. It is a name, and so may be logged; what is wrong with one is said without it,
since a template may have put it together from anything.
"""

from __future__ import annotations

from vault.contract.plan import Read
from vault.gotemplate.errors import Fault

_MOST_PATH_BYTES = 2048  # as for the paths of annotations
_MOST_VERSION_DIGITS = 9
_HEX = frozenset("0123456789abcdefABCDEF")
_BLANKS = b" \t\n\v\f\r"  # what Go's strings.TrimSpace takes away, of ASCII


def read_of(function: str, arguments: tuple[bytes, ...], session: int, *, allows_short_lease: bool) -> Read:
    """Return the call of `secret` and `pkiCert`. Raises Fault."""
    path, _, query = arguments[0].strip(_BLANKS).strip(b"/").partition(b"?")
    data = _data(function, arguments[1:])
    if query and (data or function != "secret"):
        raise Fault(f"{function}: a call that writes takes no ?query; give name=value arguments")
    if function == "pkiCert" and not data:
        raise Fault("pkiCert: the arguments after the path are missing, as common_name=…")
    return Read(
        path=_path(function, path),
        session=session,
        version=_version(query),
        data=data,
        allows_short_lease=allows_short_lease,
    )


def list_of(path: bytes, session: int) -> Read:
    """Return the call of `secrets`: a path that ends with a slash is listed. Raises Fault."""
    return Read(path=_path("secrets", path.strip(_BLANKS).strip(b"/")) + "/", session=session)


def _data(function: str, pairs: tuple[bytes, ...]) -> tuple[tuple[str, str], ...]:
    """Return the names and values of a write, sorted, each name once: the last counts."""
    found: dict[str, str] = {}
    for pair in filter(None, pairs):
        name, equals, value = pair.partition(b"=")
        if not equals:
            raise Fault(f"{function}: an argument after the path is not name=value")
        try:
            found[name.strip(_BLANKS).decode()] = value.strip(_BLANKS).decode()
        except UnicodeDecodeError:
            raise Fault(f"{function}: an argument after the path is not UTF-8") from None
    if pairs and not found:
        raise Fault(f"{function}: the arguments after the path are empty; a call that writes needs a name=value")
    return tuple(sorted(found.items()))


def _path(function: str, raw: bytes) -> str:
    """Return the path without escapes. Raises Fault if Vault could have no such path."""
    if len(raw) > 3 * _MOST_PATH_BYTES:  # each byte may be written as %XX
        raise Fault(f"{function}: the path has more than {_MOST_PATH_BYTES} bytes")
    if b"#" in raw:
        raise Fault(f"{function}: the path has a '#'; a key is selected with .Data, and %23 is the letter")
    try:
        path = _unescaped(raw).decode()
    except ValueError:
        raise Fault(f"{function}: the path has a '%' without two hexadecimal digits, or is not UTF-8") from None
    segments = path.split("/")
    if not path or any(each in ("", ".", "..") for each in segments):
        raise Fault(f"{function}: the path is empty, or has an empty segment, '.' or '..'")
    if len(path.encode()) > _MOST_PATH_BYTES or not path.replace(" ", "").isprintable():
        raise Fault(f"{function}: the path has more than {_MOST_PATH_BYTES} bytes, or a control character")
    return path


def _unescaped(raw: bytes) -> bytes:
    """Return bytes with each %XX as the byte that it stands for. Raises ValueError."""
    first, *rest = raw.decode("latin-1").split("%")
    found = first.encode("latin-1")
    for piece in rest:
        if len(piece) < 2 or not _HEX.issuperset(piece[:2]):  # noqa: PLR2004 - two digits
            raise ValueError
        found += bytes((int(piece[:2], 16),)) + piece[2:].encode("latin-1")
    return found


def _version(query: bytes) -> int | None:
    """Return the version that a query asks for; None without a query. Raises Fault for any other."""
    if not query:
        return None
    name, _, digits = query.partition(b"=")
    if name != b"version" or not digits.isdigit() or len(digits) > _MOST_VERSION_DIGITS:
        raise Fault("secret: the path has a query other than ?version=NUMBER")
    return int(digits) or None  # to Vault, version 0 is the current one
