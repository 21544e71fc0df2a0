"""The kubelet's reading of an env file, line by line as its parser does it (k8s.io/kubernetes, pkg/kubelet/util/env).

tests/soak/test_envfile.py compares it with the parser itself.
"""

from __future__ import annotations

from collections.abc import Iterator

BUFFER_BYTES = 64 * 1024  # of a bufio.Scanner, which must find a line's end, or the file's, in it


class Malformed(ValueError):
    """The parser refuses the file before it comes to the key."""


def read_env_file(contents: bytes, key: bytes) -> bytes:
    """Give the value of the first variable of that name, empty if there is none. Raises Malformed."""
    lines = _lines(contents)
    for raw in lines:
        line = raw.lstrip(b" \t")
        if not line or line.startswith(b"#"):
            continue
        name, equals, rest = line.partition(b"=")
        if not equals or not name or name != name.rstrip(b" \t"):
            raise Malformed("no name and '=' without a blank between")
        if rest.startswith((b" ", b"\t")):
            value = b""
        elif rest.startswith(b"'"):
            value = _quoted(rest[1:], lines)
        else:
            raise Malformed("no single quote")
        if name == key:
            return value
    return b""


def _quoted(rest: bytes, lines: Iterator[bytes]) -> bytes:
    value = []
    while b"'" not in rest:
        value.append(rest)
        try:
            rest = next(lines)
        except (StopIteration, Malformed):
            raise Malformed("no closing quote") from None
    last, _, after = rest.partition(b"'")
    after = after.lstrip(b" \t")
    if after and not after.startswith(b"#"):
        raise Malformed("more after the closing quote")
    return b"\n".join([*value, last])


def _lines(contents: bytes) -> Iterator[bytes]:
    *ended, last = contents.split(b"\n")
    for line in ended:
        if len(line) >= BUFFER_BYTES:
            raise Malformed("a line too long")
        yield line.removesuffix(b"\r")
    if len(last) >= BUFFER_BYTES:
        raise Malformed("a line too long")
    if last:
        yield last.removesuffix(b"\r")
