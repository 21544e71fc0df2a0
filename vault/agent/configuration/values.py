"""Parsers of the values of vault agent's options: each takes a node and raises ValueError with the reason.

Facts
- Where Vault takes a time (parseutil.ParseDurationSecond), a number or digits alone are seconds.
- A mode is a number, which HCL reads as octal if it begins with 0, or, of a template, a text of octal digits.
- A command is a text, or a list of a program and its arguments.
"""

from __future__ import annotations

from vault.contract.origins import is_header_value, parse_origin
from vault.contract.shown import quoted
from vault.hcl.nodes import ListNode, Literal, ObjectNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.hcl.nodes import Node

_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("", "0", "f", "F", "FALSE", "false", "False")
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
_DIGITS = frozenset("0123456789")
_OCTAL = frozenset("01234567")
_MOST_CHARACTERS = 64  # of a number or a time
_MOST_MODE = 0o777
_MOST_ROLE_CHARACTERS = 256
_MOST_PATH_BYTES = 1024
_MOST_DELIMITER_CHARACTERS = 32
_MOST_COMMAND_CHARACTERS = 256
_DAY_SECONDS = 24 * 3600
_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.")


def parse_anything(node: Node) -> object:
    """Take any value, or a block. An empty text, list or object is None: it asks for nothing."""
    if isinstance(node, Literal):
        return None if node.value == "" else node.value
    return node if (node.items if isinstance(node, ObjectNode) else node.elements) else None


def parse_text(node: Node) -> str:
    """Parse a text."""
    text = _text_of(node)
    if text is None:
        raise ValueError("is not a text; write it in quotes")
    return text


def _text_of(node: Node) -> str | None:
    value = node.value if isinstance(node, Literal) else None
    return value if isinstance(value, str) else None


def parse_boolean(node: Node) -> bool:
    """Parse true or false, or a text or number that stands for one."""
    if isinstance(node, Literal):
        if isinstance(node.value, bool):
            return node.value
        text = str(node.value) if isinstance(node.value, int | str) else "-"
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
    raise ValueError("is not a boolean; write true or false")


def parse_interval(node: Node) -> int | None:
    """Parse a time like 30s or 5m, or a number of seconds, of which 1s to 24h are taken. None: an empty text, or 0."""
    value = node.value if isinstance(node, Literal) else None
    if value == "":
        return None
    is_number = isinstance(value, int) and not isinstance(value, bool)
    seconds = _seconds(f"{value}") if is_number or isinstance(value, str) else -1
    if seconds < 0:
        raise ValueError("is not a time; write a number with a unit, for example 30s or 5m")
    return None if seconds == 0 else int(min(max(seconds, 1), _DAY_SECONDS))


def _seconds(text: str) -> float:
    """Return the seconds of a text, -1 where it is no time."""
    if len(text) > _MOST_CHARACTERS:
        return -1
    if text and _DIGITS.issuperset(text):
        return int(text)
    total = 0.0
    at = 0
    while at < len(text):
        begin = at
        while at < len(text) and text[at] in "0123456789.":
            at += 1
        unit_at = at
        while at < len(text) and text[at] not in "0123456789.":
            at += 1
        number, unit = text[begin:unit_at], text[unit_at:at]
        if unit not in _UNITS or number.count(".") > 1 or not number.strip("."):
            return -1
        total += float(number) * _UNITS[unit]
    return total if text else -1


def parse_mode(node: Node) -> int:
    """Parse permissions: a number, 0640, or its octal digits as a text; 0 is the default."""
    value = node.value if isinstance(node, Literal) else None
    mode = value if isinstance(value, int) and not isinstance(value, bool) else -1
    if isinstance(value, str) and len(value) <= _MOST_CHARACTERS and _OCTAL.issuperset(value):
        mode = int(value or "0", 8)
    if not 0 <= mode <= _MOST_MODE:
        raise ValueError('is no mode; write three octal digits, for example "0640"')
    return mode


def parse_path(node: Node) -> str:
    """Parse an absolute path without '.', '..' and '//'."""
    path = parse_text(node)
    segments = path.split("/")[1:]
    if not path.startswith("/") or not path.isprintable() or any(each in ("", ".", "..") for each in segments):
        raise ValueError(f"is {quoted(path)}; write an absolute path without '.', '..' and '//'")
    if len(path.encode(errors="replace")) > _MOST_PATH_BYTES:
        raise ValueError(f"has more than {_MOST_PATH_BYTES} bytes")
    return path


def parse_address(node: Node) -> str:
    """Parse the address of a Vault; an empty text is none."""
    address = parse_text(node)
    if address and parse_origin(address) is None:
        raise ValueError("is no address; write https://HOST:PORT")  # not shown: a URL may have a password
    return address


def parse_mount_path(node: Node) -> str:
    """Parse the path of an auth method; `auth/` in front may be left out, an empty text is none."""
    text = parse_text(node)
    mount = text.strip("/").removeprefix("auth/")
    if text and not all(each and _NAME.issuperset(each) and each.strip(".") for each in mount.split("/")):
        raise ValueError(f"is {quoted(text)}; write the path of an auth method, for example auth/kubernetes")
    return mount


def parse_namespace(node: Node) -> str:
    """Parse a namespace in Vault; an empty text is none."""
    namespace = parse_text(node).strip("/")
    if not is_header_value(namespace):
        raise ValueError(f"is {quoted(namespace)}; a namespace is printable ASCII")
    return namespace


def parse_role(node: Node) -> str:
    """Parse the name of a role in Vault."""
    role = parse_text(node)
    if not role or len(role) > _MOST_ROLE_CHARACTERS or not _NAME.issuperset(role):
        raise ValueError(f"is {quoted(role)}; a role's name has letters, digits, '_', '-' and '.'")
    return role


def parse_delimiter(node: Node) -> str:
    """Parse a delimiter; an empty text is the default."""
    text = parse_text(node)
    if len(text) > _MOST_DELIMITER_CHARACTERS or not text.isascii() or not text.isprintable():
        raise ValueError(f"is {quoted(text)}; write at most {_MOST_DELIMITER_CHARACTERS} printable ASCII characters")
    return text


def parse_command(node: Node) -> str:
    """Parse a command: a text, or a list of texts, of which the first is the program."""
    if isinstance(node, ListNode):
        words = [parse_text(each) for each in node.elements]
        # a list with a shell's name at its head is joined so that the rest stays one argument
        is_shell = len(words) > 2 and words[-2] in ("-c", "-ec")  # noqa: PLR2004 - shell, option, text
        command = " ".join([*words[:-1], f"'{words[-1]}'"] if is_shell else words)
    else:
        command = parse_text(node)
    if len(command) > _MOST_COMMAND_CHARACTERS:
        raise ValueError(f"has more than {_MOST_COMMAND_CHARACTERS} characters")
    return command


def parse_list(node: Node) -> tuple[str, ...]:
    """Parse a list of texts."""
    elements = node.elements if isinstance(node, ListNode) else None
    if elements is None:
        raise ValueError("is not a list")
    return tuple([parse_text(each) for each in elements])
