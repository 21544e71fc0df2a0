"""Parsers of option values, one function per kind of value. Each raises ValueError with the reason.

The syntax is the same for an option of one secret and for a Pod-wide annotation.
"""

from __future__ import annotations

import re
from typing import Literal, TypeVar, get_args

from vault.contract.plan import SIGNALS
from vault.contract.shown import quoted
from webhook.admission.annotations.values import (
    Decoding,
    Delivery,
    Format,
    Mode,
    Mounting,
    OnChange,
    Position,
    VariableFormat,
)
from webhook.config.patterns import ROLE
from webhook.config.quantity import parse_quantity
from webhook.config.settings import Start

Choice = TypeVar("Choice", bound=str)

_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_VARIABLE = re.compile(r"[A-Za-z_.-][A-Za-z0-9_.-]{0,254}")
_PROCESS = re.compile(r"[\w.+-]{1,64}", re.ASCII)
_DURATION = re.compile(r"([0-9]{1,6})([smh])")
_DELIMITER = re.compile(r"[!#-&(-_a-~]{1,8}")  # printable ASCII without a blank and without quotes
_MODE = re.compile(r"0?[0-7]{3}")
_RESOURCES = ("cpu", "memory", "cpu-limit", "memory-limit", "ephemeral-storage", "ephemeral-storage-limit")
_MAX_DURATION_SECONDS = 24 * 3600
_MAX_UID = 2**31 - 1
_MAX_UID_DIGITS = 10

FORMATS: tuple[Format, ...] = get_args(Format)
VARIABLE_FORMATS: tuple[VariableFormat, ...] = get_args(VariableFormat)
DELIVERIES: tuple[Delivery, ...] = get_args(Delivery)
MODES: tuple[Mode, ...] = get_args(Mode)
STARTS: tuple[Start, ...] = get_args(Start)
MOUNTINGS: tuple[Mounting, ...] = get_args(Mounting)


def parse_boolean(text: str) -> bool:
    """Parse `true` or `false`, and nothing else."""
    if text not in {"true", "false"}:
        raise ValueError(f"is {quoted(text)}; write true or false (in YAML with quotes: an annotation is a string)")
    return text == "true"


def parse_choice(text: str, allowed: tuple[Choice, ...]) -> Choice:
    """Parse one of a few words."""
    for each in allowed:
        if text == each:
            return each
    raise ValueError(f"is {quoted(text)}; write one of {', '.join(allowed)}")


def parse_format(text: str) -> Format:
    """Parse the name of a format."""
    return parse_choice(text, FORMATS)


def parse_variable_format(text: str) -> VariableFormat:
    """Parse raw or json."""
    return parse_choice(text, VARIABLE_FORMATS)


def parse_delivery(text: str) -> Delivery:
    """Parse `kubelet`, `exec` or `auto`."""
    return parse_choice(text, DELIVERIES)


def parse_running(text: str) -> Mode:
    """Parse `init` or `sidecar`."""
    return parse_choice(text, MODES)


def parse_start(text: str) -> Start:
    """Parse `init` or `fast`."""
    return parse_choice(text, STARTS)


def parse_mounting(text: str) -> Mounting:
    """Parse `directory` or `file`."""
    return parse_choice(text, MOUNTINGS)


def parse_on_change(text: str) -> OnChange:
    """Parse `restart`, or `signal=HUP process=nginx`: one of HUP, USR1, USR2, INT, TERM, QUIT, WINCH, and a name."""
    if text == "restart":
        return OnChange(restart=True)
    given = dict(word.partition("=")[::2] for word in text.split())
    if len(text.split()) != len(given) or set(given) != {"signal", "process"}:
        raise ValueError(f"is {quoted(text)}; write restart, or for example signal=HUP process=nginx")
    if given["signal"] not in SIGNALS:
        raise ValueError(f"has the signal {given['signal']!r}; write one of {', '.join(SIGNALS)}")
    if not _PROCESS.fullmatch(given["process"]):
        raise ValueError(f"has the process {given['process']!r}; write the name of its program, without a path")
    return OnChange(signal=given["signal"], process=given["process"])


def parse_duration(text: str) -> int:
    """Parse a time from 1s to 24h: `30s`, `5m`, `1h`.

    Returns seconds.
    """
    found = _DURATION.fullmatch(text)
    seconds = int(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]] if found else 0
    if not 1 <= seconds <= _MAX_DURATION_SECONDS:
        raise ValueError(f"is {quoted(text)}; write a time from 1s to 24h, for example 30s or 5m")
    return seconds


def parse_encoding(text: str) -> Literal["base64"]:
    """Parse base64, the only one."""
    return parse_choice(text, ("base64",))


def parse_decoding(text: str) -> Decoding:
    """Parse base64, or base64url with or without padding (RFC 4648, 4 and 5)."""
    return parse_choice(text, ("base64", "base64url"))


def parse_variable_name(text: str) -> str:
    """Parse the name of an environment variable: letters, digits, '_', '-' and '.', no digit first."""
    if not is_variable_name(text):
        raise ValueError(
            f"is {quoted(text)}; a variable's name has letters, digits, '_', '-' and '.', and no digit first"
        )
    return text


def is_variable_name(text: str) -> bool:
    """Whether a text can be the name of an environment variable (parse_variable_name)."""
    return _VARIABLE.fullmatch(text) is not None


def parse_names(text: str) -> tuple[str, ...]:
    """Parse a list of container names, separated by commas."""
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if not _DNS_LABEL.fullmatch(name):
            raise ValueError(f"has {quoted(name)}, which is not a container name; write names separated by commas")
    if len(set(names)) != len(names):
        raise ValueError("names a container twice")
    return names


def parse_mode(text: str) -> int:
    """Parse file permissions: three octal digits, a leading 0 allowed. No setuid, setgid or sticky bit."""
    if not _MODE.fullmatch(text):
        raise ValueError(f"is {quoted(text)}; write three octal digits, for example 0400")
    return int(text, 8)


def parse_delimiters(text: str) -> tuple[str, str]:
    """Parse two different words with one blank between: 1 to 8 printable ASCII characters each, no quotes."""
    left, _, right = text.partition(" ")
    if not (_DELIMITER.fullmatch(left) and _DELIMITER.fullmatch(right)) or left == right:
        raise ValueError(
            f"is {quoted(text)}; write two different words of 1 to 8 printable ASCII characters, without quotes, "
            'with one blank between, for example delimiters="{{ }}"'
        )
    return left, right


def parse_position(text: str) -> Position:
    """Parse `first`, `last`, `before:NAME` or `after:NAME`."""
    match text.partition(":"):
        case ("first", "", ""):
            return Position("first")
        case ("last", "", ""):
            return Position("last")
        case ("before" | "after" as place, ":", anchor) if _DNS_LABEL.fullmatch(anchor):
            return Position("before" if place == "before" else "after", anchor)
    raise ValueError(
        f"is {quoted(text)}; write first, last, before:NAME or after:NAME, where NAME is an init container"
    )


def parse_user(text: str) -> int:
    """Parse a numeric user ID; root is refused, since omamori's container is never root."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_UID_DIGITS) or not 1 <= int(text) <= _MAX_UID:
        raise ValueError(f"is {quoted(text)}; write the numeric user ID of the application, 1 to {_MAX_UID}")
    return int(text)


def parse_role(text: str) -> str:
    """Parse the name of a Vault role (framework.GenericNameRegex of Vault)."""
    if not ROLE.fullmatch(text):
        raise ValueError(f"is {quoted(text)}; a role's name has letters, digits, '_', '-' and '.'")
    return text


def parse_vault(text: str) -> str:
    """Parse the name of a Vault. An address is refused: where Pods may connect to is not for their authors to say."""
    if not _DNS_LABEL.fullmatch(text):
        raise ValueError(
            f"is {quoted(text)}; write the name of a Vault that the administrator has set up, not an address"
        )
    return text


def parse_resources(text: str) -> tuple[tuple[str, str], ...]:
    """Parse `cpu=50m memory=64Mi cpu-limit=500m memory-limit=64Mi`, each optional, each a Kubernetes quantity."""
    given: dict[str, str] = {}
    for word in text.split():
        name, _, quantity = word.partition("=")
        if name not in _RESOURCES or name in given:
            raise ValueError(
                f"has {quoted(word)}; write each of {', '.join(_RESOURCES)} at most once, as name=quantity"
            )
        if parse_quantity(quantity) <= 0:
            raise ValueError(f"has {quoted(word)}, which is not more than zero")
        given[name] = quantity
    if not given:
        raise ValueError("is empty; write for example cpu=50m memory=64Mi")
    return tuple(given.items())
