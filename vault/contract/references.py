"""The grammar of a reference to a secret, and nothing else.

    reference := path [ "#" key ] [ "@" version ]

- The path is the API path as a Vault policy names it (`secret/data/shop/db`): no leading or trailing slash, no empty
  segment, no `.` or `..` segment. It ends at the first raw `#`.
- The key is one literal top-level name of the secret; dots are literal. One that begins with `/` is a JSON pointer
  (RFC 6901), to a value within: `#/db/host` is `host` of the map at the key `db`, `#/hosts/0` the first of a list. In a
  pointer `~1` is a `/` of a name, `~0` a `~`. `#%2Fdb` is a key that begins with `/`.
- The version is a final `@` and digits: a KV version 2 version, 1 or more.
- `%XX` stands for any byte of UTF-8 in path and key, so that a `#`, an `@3` at the end, a space or a `%` can be named.

Example: `secret/data/shop/db#pass%40word@3` is the path `secret/data/shop/db`, the key `pass@word`, version 3.
"""

from __future__ import annotations

import re

from vault.contract.errors import ReferenceInvalid
from vault.contract.shown import quoted
from vault.contract.values import Value

MAX_VERSION_DIGITS = 9
MAX_PATH_BYTES = 2048  # what DynamoDB takes for the key of an item, which has all folders of a path
MAX_KEY_BYTES = 1024
_MAX_CHARACTERS = 3 * (MAX_PATH_BYTES + MAX_KEY_BYTES) + 16  # each octet may be written as %XX
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_HEX = "0123456789abcdefABCDEF"


class SecretRef(Value):
    """Where a secret is: path, one key or (None) the whole secret, one version or (None) the current one.

    `pointer` are the names below the key, in order; () is the key's own value. The constructor refuses what cannot be
    written as a reference, with ReferenceInvalid.
    """

    path: str
    key: str | None = None
    version: int | None = None
    pointer: tuple[str, ...] = ()

    def _check(self) -> None:
        _check_path(self.path)
        if self.key is not None:
            _check_key(self.key)
        elif self.pointer:
            raise ReferenceInvalid("a pointer needs a key that it begins with")
        _check_text("/".join(self.pointer), "pointer", MAX_KEY_BYTES)
        if self.version is not None and not 1 <= self.version < 10**MAX_VERSION_DIGITS:
            raise ReferenceInvalid(f"the version @{self.version} is not a positive number; KV version 2 counts from 1")

    def __str__(self) -> str:
        """The canonical text of the reference: `parse_reference(str(ref)) == ref`."""
        key = "" if self.key is None else f"#{self._key_text(self.key)}"
        version = "" if self.version is None else f"@{self.version}"
        return f"{_escape(self.path)}{key}{version}"

    def _key_text(self, key: str) -> str:
        if self.pointer:
            tokens = (each.replace("~", "~0").replace("/", "~1") for each in (key, *self.pointer))
            return "".join(f"/{_escape(each)}" for each in tokens)
        return f"%2F{_escape(key[1:])}" if key.startswith("/") else _escape(key)


def parse_reference(text: str) -> SecretRef:
    """Parse a reference. Raises ReferenceInvalid; never anything else."""
    if len(text) > _MAX_CHARACTERS:
        raise ReferenceInvalid(f"{quoted(text)} is too long: a path has at most {MAX_PATH_BYTES} bytes")
    body, version = _split_version(text)
    raw_path, hash_sign, raw_key = body.partition("#")
    if hash_sign and not raw_key:
        raise ReferenceInvalid(f"{quoted(text)} has nothing after '#': name a key, or remove the '#'")
    key, *pointer = _split_key(raw_key) if hash_sign else [None]
    return SecretRef(path=_unescape(raw_path, "path"), key=key, version=version, pointer=tuple(map(str, pointer)))


def parse_key(text: str) -> str:
    """Parse one key of a secret, in which `%XX` stands for a byte. Raises ReferenceInvalid."""
    name = _unescape(text, "key")
    _check_key(name)
    return name


def _split_key(raw: str) -> list[str]:
    """Return the key, and the names below it."""
    if not raw.startswith("/"):
        return [_unescape(raw, "key")]
    tokens = [_unescape(each, "key") for each in raw[1:].split("/")]
    if any(re.search(r"~(?![01])", each) for each in tokens):
        raise ReferenceInvalid(f"the pointer {quoted(raw)} has a '~' without 0 or 1; write ~0 for a '~' of a name")
    return [each.replace("~1", "/").replace("~0", "~") for each in tokens]


def _split_version(text: str) -> tuple[str, int | None]:
    body, at_sign, digits = text.rpartition("@")
    if not at_sign or not (digits.isascii() and digits.isdigit()):
        return text, None
    if len(digits) > MAX_VERSION_DIGITS:
        raise ReferenceInvalid(f"the version @{digits[:12]}… is too large; write %40 for an '@' of the name itself")
    return body, int(digits)


def _check_path(path: str) -> None:
    if not path:
        raise ReferenceInvalid("the path is empty; write the API path, for example secret/data/shop/db#password")
    if path.startswith("/") or path.endswith("/"):
        raise ReferenceInvalid(f"the path {quoted(path)} begins or ends with '/'; write it as a Vault policy names it")
    segments = path.split("/")
    if "" in segments:
        raise ReferenceInvalid(f"the path {quoted(path)} has an empty segment ('//')")
    if "." in segments or ".." in segments:
        raise ReferenceInvalid(f"the path {quoted(path)} has a '.' or '..' segment")
    _check_text(path, "path", MAX_PATH_BYTES)


def _check_key(key: str) -> None:
    if not key:
        raise ReferenceInvalid("the key after '#' is empty")
    _check_text(key, "key", MAX_KEY_BYTES)


def _check_text(text: str, what: str, max_bytes: int) -> None:
    if _CONTROL.search(text):
        raise ReferenceInvalid(f"the {what} {quoted(text)} has a control character")
    if len(_encode(text, what)) > max_bytes:
        raise ReferenceInvalid(f"the {what} {quoted(text)} has more than {max_bytes} bytes")


def _unescape(text: str, what: str) -> str:
    if "%" not in text:
        return text
    head, *rest = text.split("%")
    octets = bytearray(_encode(head, what))
    for piece in rest:
        digits = piece[:2]
        if len(digits) != 2 or digits[0] not in _HEX or digits[1] not in _HEX:  # noqa: PLR2004 - two hex digits
            raise ReferenceInvalid(f"the {what} {quoted(text)} has a '%' without two hex digits; write %25 for a '%'")
        octets.append(int(digits, 16))
        octets += _encode(piece[2:], what)
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise ReferenceInvalid(f"the {what} {quoted(text)} is not UTF-8 once its %XX are decoded") from None


def _encode(text: str, what: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise ReferenceInvalid(f"the {what} {quoted(text)} is not valid UTF-8") from None


def _escape(text: str) -> str:
    """Escape what the grammar reads as its own: '#', '@', '%', spaces and quotes (the options of an annotation)."""
    return "".join(f"%{ord(character):02X}" if character in '#@% "' else character for character in text)
