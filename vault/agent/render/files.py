"""One Output and the secret it is made of give one file, or with the format `map` one for each key.

Everything is rendered in memory before anything is written, so that a missing key leaves no file behind.
"""

from __future__ import annotations

import binascii

from vault.agent.render.text import encoded, text_of
from vault.agent.secret import Secret
from vault.contract.errors import KeyMissing, NotRepresentable
from vault.contract.plan import KEY_STORES
from vault.contract.shown import listed, quoted
from vault.contract.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from vault.contract.plan import Output

_MAX_NAME_BYTES = 255
_URL_ALPHABET = str.maketrans("-_+/", "+/!!")  # what is of the other alphabet is of none
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


class File(Value):
    """A file to leave: its path within the directory, its bytes, its permissions as a number."""

    name: str
    contents: Secret[bytes]
    mode: int


def render_files(output: Output, values: Mapping[str, Any], password: str = "") -> list[File]:
    """Render an Output. Raises KeyMissing, also where it is optional, and NotRepresentable.

    `password` is that of a key store, and of no other format.
    """
    try:
        value = part_of(output, values)
        if output.format == "map":
            return _render_map(output, value)
        contents = _key_store(output, value, password) if output.format in KEY_STORES else _contents(output, value)
        return [_file(output, output.name, contents)]
    except NotRepresentable as error:
        raise NotRepresentable(error.message, hint=error.hint, annotation=output.annotation) from None
    except RecursionError:
        raise NotRepresentable(
            "the value is nested too deep", hint="store it as a text", annotation=output.annotation
        ) from None


def part_of(output: Output, values: Mapping[str, Any]) -> Any:
    """Return what an Output takes of a secret. Raises KeyMissing and NotRepresentable."""
    value = pick(values, output.key, output.pointer, output.annotation)
    if not output.selects:
        return value
    from vault.agent.render.selection import select  # noqa: PLC0415 - few Pods pay for it

    return select(output, value)


def pick(values: Mapping[str, Any], key: str | None, pointer: Sequence[str], annotation: str) -> Any:
    """Return one key of a secret or what is below it, or the whole. Raises KeyMissing."""
    if key is None:
        return values
    if key not in values:
        # the names of the keys that are there may help, and are no secret to those who may read Pod events
        raise KeyMissing(
            f"the secret has no key {quoted(key)}",
            hint=f"it has: {listed(values) or 'no keys'}",
            annotation=annotation,
        )
    if not pointer:
        return values[key]
    from vault.agent.render.selection import value_at  # noqa: PLC0415 - few Pods pay for it

    return value_at(values[key], key, pointer, annotation)


def _file(output: Output, name: str, contents: bytes) -> File:
    return File(name=name, contents=Secret(contents), mode=int(output.mode, 8))


def _contents(output: Output, value: Any) -> bytes:
    key = output.key or ""
    if output.format == "raw":
        text = text_of(key, value)
        return decoded(key, text, output.decode) if output.decode else encoded(key, text)
    from vault.agent.render.formats import render_format  # noqa: PLC0415 - who takes a key as it is needs none

    return encoded(key, render_format(output, value))


def _key_store(output: Output, value: Any, password: str) -> bytes:
    if not password:
        raise NotRepresentable("the password of the key store is empty", hint="Java takes none: store a password")
    from vault.agent.render.keystore.entries import entries_of  # noqa: PLC0415 - few Pods pay for it

    encoded("password", password)  # Java's texts may have half a surrogate pair, and nobody means it
    is_whole = output.selects or (output.pointer and isinstance(value, dict))
    entries = entries_of(None if is_whole else output.key, value)
    if output.format == "jks":
        from vault.agent.render.keystore.jks import render_jks  # noqa: PLC0415

        return render_jks(entries, password)
    from vault.agent.render.keystore.pkcs12 import render_pkcs12  # noqa: PLC0415

    return render_pkcs12(entries, password)


def decoded(key: str, text: str, encoding: str) -> bytes:
    """Return the bytes that a text is the base64 of, or with or without padding the base64url. Raises NotRepresentable.

    RFC 4648, sections 4 and 5; blanks and line ends are left out.
    """
    body = "".join(text.split())
    standard = body
    if encoding == "base64url":
        padding = "" if body.endswith("=") else "=" * (-len(body) % 4)
        standard = body.translate(_URL_ALPHABET) + padding
    try:
        return binascii.a2b_base64(standard.encode("ascii"), strict_mode=True)
    except ValueError:
        raise NotRepresentable(f"the key {quoted(key)} is not {encoding}", hint=_base64_hint(body, encoding)) from None


def _base64_hint(text: str, encoding: str) -> str:
    """What to do about a text that is not as it should be: another alphabet, no padding, or no base64 at all."""
    letters = _LETTERS.union("-_")
    body = text.rstrip("=")
    if text.startswith("data:"):
        return "it is a data: URL: store what follows its comma, or remove decode=base64"
    is_like_it = body and letters.issuperset(body) and len(text) - len(body) <= 2  # noqa: PLR2004 - the most padding
    if is_like_it and encoding == "base64url" and set(body) & {"+", "/"}:
        return "it has '+' or '/' and may be base64: write decode=base64"
    if is_like_it and encoding == "base64":
        if not set(body) & {"+", "/"}:
            return "it may be base64url, or have no padding: write decode=base64url"
        return "it may be base64 without padding: store it with padding"
    if body and letters.issuperset(body):
        return f"its padding is not valid {encoding}: store it again, or remove decode={encoding}"
    return f"remove decode={encoding}"


def _render_map(output: Output, value: Any) -> list[File]:
    if not isinstance(value, dict):
        raise NotRepresentable(
            f"the key {quoted(output.key or output.name)} is not a map of names and values", hint="take another format"
        )
    files = []
    for name, each in value.items():
        if not name or "/" in name or "\0" in name or name.startswith("..") or name == ".":
            raise NotRepresentable(
                f"the key {quoted(name)} cannot be a file name, as the format map needs", hint="rename it"
            )
        if len(encoded(name, name)) > _MAX_NAME_BYTES:
            raise NotRepresentable(
                "a key has more than 255 bytes, too many for a file name, which the format map needs"
            )
        files.append(_file(output, f"{output.name}/{name}", encoded(name, text_of(name, each))))
    return files
