"""sprig's urlParse and urlJoin: a URL as a map, and back. As Go's net/url."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.functions.sprig.reflection import kind_name
from vault.gotemplate.functions.sprig.urlreader import FRAGMENT, HOST, PATH, USER, escaped, read
from vault.gotemplate.values import MAP_TYPE, STRING, STRING_TYPE, kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.functions.sprig.urlreader import User
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_PARTS = ("scheme", "host", "path", "query", "opaque", "fragment", "userinfo")
_LONGEST = 3  # of what a byte becomes
_COPIES = 8


def _count(budget: Budget, size: int) -> None:
    budget.step(size >> 2)
    budget.make(_COPIES * _LONGEST * (size + 100))


def _shown(user: User) -> bytes:
    """Return a user's name, and a password after a colon."""
    if user is None:
        return b""
    name, password = user
    return escaped(name, USER) + (b"" if password is None else b":" + escaped(password, USER))


def _parse(budget: Budget, text: bytes) -> dict[bytes, GoValue]:
    _count(budget, len(text))
    url = read(text)
    return {
        b"scheme": url.scheme,
        b"host": url.host,
        b"hostname": url.hostname(),
        b"path": url.path,
        b"query": url.query,
        b"opaque": url.opaque,
        b"fragment": url.fragment,
        b"userinfo": _shown(url.user),
    }


def _part(entries: dict[bytes, GoValue], key: str) -> bytes:
    value = entries.get(key.encode(), b"")
    if value is None or kind_of(value) != STRING:
        raise Fault(f"unable to parse {key} key, must be of type string, but {kind_name(value)} found")
    return bytes(value)


def _join(budget: Budget, entries: dict[bytes, GoValue]) -> bytes:
    parts = {key: _part(entries, key) for key in _PARTS}
    _count(budget, sum(map(len, parts.values())))
    user = read(b"proto://" + parts["userinfo"] + b"@host").user if parts["userinfo"] else None
    scheme, host, path = parts["scheme"], parts["host"], parts["path"]
    made = scheme + b":" if scheme else b""
    if parts["opaque"]:
        made += parts["opaque"]
    else:
        if host or user is not None or (scheme and path):
            made += b"//"
        if user is not None:
            made += _shown(user) + b"@"
        made += escaped(host, HOST)
        path = path if path == b"*" else escaped(path, PATH)
        if path and not path.startswith(b"/") and host:
            made += b"/"
        if not made and b":" in path.partition(b"/")[0]:
            made = b"./"
        made += path
    made += b"?" + parts["query"] if parts["query"] else b""
    return made + (b"#" + escaped(parts["fragment"], FRAGMENT) if parts["fragment"] else b"")


FUNCTIONS = {
    "sprig_urlJoin": Function(_join, MAP_TYPE),
    "sprig_urlParse": Function(_parse, STRING_TYPE),
}
