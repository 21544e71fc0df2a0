"""Parsers of what is said of one Vault. Each raises ValueError with what to write instead.

Addresses, header values and paths are parsed by the same functions as in the Pod, so that every accepted value works
there.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from vault.contract.errors import ReferenceInvalid
from vault.contract.origins import is_header_value, parse_origin
from vault.contract.references import SecretRef
from vault.contract.shown import quoted
from webhook.config.parsers import parse_words

_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_OBJECT = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
_KEY = re.compile(r"(?!\.\.)(?!\.$)[-._a-zA-Z0-9]{1,253}")
_HOST = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?)*"
)
_MOUNT = re.compile(r"[\w.-]+(/[\w.-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ObjectKey:
    """A key of a ConfigMap or a Secret in the Pod's own namespace."""

    name: str
    key: str


def parse_address(text: str) -> str:
    """Parse the address of a Vault."""
    origin = parse_origin(text)
    if origin is not None and not _is_host(origin.host):
        origin = None
    rest = text.partition("://")[2]
    if origin is None or rest.partition("/")[2].strip("/") or "?" in rest or "#" in rest:
        raise ValueError(
            f"is {quoted(text)}; write https://HOST:PORT without a path and without a final dot, "
            "https in lower-case ASCII"
        )
    return text.rstrip("/")


def parse_sts_address(text: str) -> str:
    """Parse an address with TLS: a Pod's token goes there."""
    if text and not text.startswith("https://"):
        raise ValueError(f"is {quoted(text)}; write https://HOST:PORT")
    return parse_address(text) if text else ""


def parse_auth_mount(text: str) -> str:
    """Parse the path of an auth method, without `auth/`."""
    mount = text.strip("/")
    if mount.startswith(("auth/", "v1/")) or mount.endswith("/login"):
        raise ValueError(f"is {quoted(text)}; write it without auth/ and /login, for example kubernetes")
    return _checked_path(text, mount)


def parse_namespace(text: str) -> str:
    """Parse a namespace of Vault; "" is its root."""
    namespace = text.strip("/")
    if namespace and not is_header_value(namespace):
        raise ValueError(f"is {quoted(text)}; a namespace is the value of an HTTP header: printable ASCII")
    return _checked_path(text, namespace) if namespace else ""


def _checked_path(text: str, path: str) -> str:
    try:
        SecretRef(path=path)
    except ReferenceInvalid as error:
        raise ValueError(f"is {quoted(text)}: {error}") from None
    if not _MOUNT.fullmatch(path):
        raise ValueError(f"is {quoted(text)}; its segments have letters, digits, '_', '-' and '.'")
    return path


def parse_audience(text: str) -> str:
    """Parse an audience of tokens."""
    if not text or not is_header_value(text) or " " in text:
        raise ValueError(f"is {quoted(text)}; write the audience of Vault's roles, for example vault")
    return text


def parse_host(text: str) -> str:
    """Parse the name of a host in a certificate; "" for ""."""
    if text and (parse_origin(f"https://{text}") is None or ":" in text or not _is_host(text)):
        raise ValueError(f"is {quoted(text)}; write the host name in Vault's certificate, without a '.' at its end")
    return text


def _is_host(host: str) -> bool:
    """Whether it is a host name or an address. A final '.' would never match the certificate, which has none."""
    if ":" in host or host.rpartition(".")[2].isdigit():
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return True
    return _HOST.fullmatch(host) is not None


def parse_config_map_key(text: str) -> ObjectKey | None:
    """Parse NAME/KEY of a ConfigMap; None for ""."""
    return _parse_key(text, "ConfigMap")


def parse_secret_key(text: str) -> ObjectKey | None:
    """Parse NAME/KEY of a Secret; None for ""."""
    return _parse_key(text, "Secret")


def _parse_key(text: str, kind: str) -> ObjectKey | None:
    if not text:
        return None
    name, _, key = text.partition("/")
    if not (_OBJECT.fullmatch(name) and _KEY.fullmatch(key)):
        raise ValueError(f"is {quoted(text)}; write NAME/KEY of a {kind} that each Pod's namespace has")
    return ObjectKey(name, key)


def parse_object_name(text: str) -> str:
    """Parse the name of an object of Kubernetes; "" for ""."""
    if text and not _OBJECT.fullmatch(text):
        raise ValueError(f"is {quoted(text)}; write the name of a Secret that each Pod's namespace has")
    return text


def parse_object_names(text: str) -> tuple[str, ...]:
    """Parse names of objects of Kubernetes, separated by commas."""
    return tuple(map(parse_object_name, parse_words(text)))


def parse_proxy(text: str) -> str:
    """Parse the address of an HTTP proxy; "" for ""."""
    if text and not text.startswith("http://"):
        raise ValueError(f"is {quoted(text)}; write http://HOST:PORT, without user and password")
    return parse_address(text) if text else ""


def parse_absolute(text: str) -> str:
    """Parse an absolute path; "" for ""."""
    if text and (not text.startswith("/") or not text.strip("/") or ".." in text.split("/") or not text.isprintable()):
        raise ValueError(f"is {quoted(text)}; write an absolute path without '..'")
    return text.rstrip("/")
