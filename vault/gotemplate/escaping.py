"""html, js and urlquery. As text/template/funcs.go and net/url."""

from __future__ import annotations

from vault.gotemplate.printer import Printer, printable
from vault.gotemplate.utf8 import decode_all, escaped_byte

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_HTML = (
    (b"&", b"&amp;"),
    (b"\0", "\ufffd".encode()),
    (b'"', b"&#34;"),
    (b"'", b"&#39;"),
    (b"<", b"&lt;"),
    (b">", b"&gt;"),
)
_SCRIPT = {each: f"\\u{each:04X}" for each in range(0x20)} | {ord(each): f"\\u{ord(each):04X}" for each in "<>&="}
_SCRIPT |= {ord(each): "\\" + each for each in "\\'\""}
_UNRESERVED = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~")
_QUERY = {each: f"%{each:02X}" for each in range(0x100) if each not in _UNRESERVED} | {ord(" "): "+"}
_LONGEST = 6  # of what an escaped byte becomes


def html(budget: Budget, *values: GoValue) -> bytes:
    """Print values for HTML."""
    return _escaped(budget, values, _as_html)


def js(budget: Budget, *values: GoValue) -> bytes:
    """Print values for a string of JavaScript."""
    return _escaped(budget, values, _as_script)


def urlquery(budget: Budget, *values: GoValue) -> bytes:
    """Print values for the query of a URL."""
    return _escaped(budget, values, _as_query)


def _escaped(budget: Budget, values: tuple[GoValue, ...], escape: Callable[[bytes], bytes]) -> bytes:
    if len(values) == 1 and type(values[0]) is bytes:
        text = values[0]
    else:
        buffer = bytearray()
        Printer(buffer, budget.make).print([printable(each) for each in values])
        text = bytes(buffer)
    budget.make(_LONGEST * len(text))
    budget.step(len(text) >> 4)
    return escape(text)


def _as_html(text: bytes) -> bytes:
    for special, entity in _HTML:
        text = text.replace(special, entity)
    return text


def _as_script(text: bytes) -> bytes:
    escaped = decode_all(text).translate(_SCRIPT)
    if not escaped.isprintable():
        escaped = escaped.translate(_UNPRINTABLE)
    return escaped.encode("utf-8", "surrogateescape")


class _Unprintable:
    """What stands for a code point that cannot be printed, as str.translate asks; a byte that is no UTF-8 stays."""

    __slots__ = ()

    def __getitem__(self, code: int) -> int | str:
        character = chr(code)
        if character.isprintable() or character.isascii() or escaped_byte(character):
            return code
        return f"\\u{code:04X}"


_UNPRINTABLE = _Unprintable()


def _as_query(text: bytes) -> bytes:
    return text.decode("latin-1").translate(_QUERY).encode()
