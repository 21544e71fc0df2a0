"""Parsers of values that are more than Go's own: each raises ValueError with the reason."""

from __future__ import annotations

import posixpath
import re

from vault.contract.origins import parse_origin
from vault.contract.plan import AUTH_KINDS, OWN_AUTH_KINDS
from vault.contract.shown import quoted
from webhook.admission.annotations.vault_k8s import go_values
from webhook.config.directories import parse_name
from webhook.config.quantity import parse_quantity
from webhook.config.vault_parsers import parse_auth_mount

_PERMISSIONS = re.compile(r"0*([0-7]{1,3})")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_MOST_NAME_CHARACTERS = 253
_MOST_UID = 2**31 - 1
_MOST_MODE_CHARACTERS = 16
_MOST_DELIMITER_CHARACTERS = 32
_DEFAULT_MODE = 0o644
_DAY_SECONDS = 24 * 3600
_PLATFORM = "what such a login sends comes from the platform's own service on the node, which omamori does not ask"
# the other auth methods of vault agent, and why they are none of omamori's
_NO_AUTH_KINDS = {
    **dict.fromkeys(("gcp", "azure", "alicloud", "oci", "cf", "pcf"), _PLATFORM),
    "kerberos": "omamori's image has no Kerberos",
    "ldap": "it needs a password, which opens more than Vault",
    "token_file": "a token in a file says nothing of the Pod, and ends with nobody to replace it",
}
_LAYERS = ("auto-auth", "caching", "templating")


def parse_any(text: str) -> str:
    """Parse any text."""
    return text


def parse_mode(text: str) -> int:
    """Parse permissions as an octal number; an empty text or 0 is vault agent's default, 0644."""
    found = _PERMISSIONS.fullmatch(text) if len(text) <= _MOST_MODE_CHARACTERS else None
    if text and found is None:
        raise ValueError(f"is {quoted(text)}; write three octal digits, for example 0644")
    return (int(found[1], 8) if found else 0) or _DEFAULT_MODE


def parse_file(text: str) -> str:
    """Parse the path of a file below the directory of its secret; an empty text is none."""
    return parse_name(posixpath.normpath(f"./{text}")) if text else ""


def parse_default_template(text: str) -> str:
    """Parse map or json, in any case of letters."""
    if text.lower() not in {"map", "json"}:
        raise ValueError(f"is {quoted(text)}; write map or json")
    return text.lower()


def parse_delimiter(text: str) -> str:
    """Parse a delimiter; an empty text is the default."""
    if len(text) > _MOST_DELIMITER_CHARACTERS or not text.isascii() or (text and not text.isprintable()):
        raise ValueError(f"is {quoted(text)}; write at most {_MOST_DELIMITER_CHARACTERS} printable ASCII characters")
    return text


def parse_containers(text: str) -> tuple[str, ...]:
    """Parse names of containers, separated by commas."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    if not any(names):
        raise ValueError("names no container")
    return names


def parse_auth_type(text: str) -> str:
    """Parse kubernetes, jwt, approle, cert or aws."""
    if text in _NO_AUTH_KINDS:
        raise ValueError(
            f"is {text}: {_NO_AUTH_KINDS[text]}; log in with the Pod's ServiceAccount, by kubernetes or jwt"
        )
    if text not in {*AUTH_KINDS, *OWN_AUTH_KINDS}:
        raise ValueError(f"is {quoted(text)}; omamori logs in by {', '.join((*AUTH_KINDS, *OWN_AUTH_KINDS))}")
    return text


def parse_auth_path(text: str) -> str:
    """Parse the path of an auth method; `auth/` in front may be left out."""
    return parse_auth_mount(text.strip("/").removeprefix("auth/"))


def parse_service(text: str) -> str:
    """Parse the address of a Vault."""
    if parse_origin(text) is None:
        raise ValueError(f"is {quoted(text)}; write the address of one of the administrator's Vaults")
    return text


def parse_user(text: str) -> int:
    """Parse a numeric ID of a user or group."""
    number = go_values.parse_int(text)
    if not 0 <= number <= _MOST_UID:
        raise ValueError(f"is {quoted(text)}; write a number from 0 to {_MOST_UID}")
    return number


def parse_amount(text: str) -> str:
    """Parse a Kubernetes quantity; an empty text is none."""
    if text and parse_quantity(text) < 0:
        raise ValueError(f"is {quoted(text)}, which is less than zero")
    return text if text and parse_quantity(text) > 0 else ""


def parse_interval(text: str) -> int | None:
    """Parse a time, at least 1s and at most 24h are taken; None for an empty text, or for 0."""
    seconds = go_values.parse_seconds(text)
    if seconds is not None and seconds < 0:
        raise ValueError(f"is {quoted(text)}, which is less than zero")
    if seconds == 0 and not text.strip("+0"):
        return None
    return None if seconds is None else min(max(seconds, 1), _DAY_SECONDS)


def parse_secret_name(text: str) -> str:
    """Parse the name of a Secret of the Pod's namespace; an empty text is none."""
    return _object_name(text, "Secret")


def parse_config_map_name(text: str) -> str:
    """Parse the name of a ConfigMap of the Pod's namespace; an empty text is none."""
    return _object_name(text, "ConfigMap")


def _object_name(text: str, kind: str) -> str:
    if text and (len(text) > _MOST_NAME_CHARACTERS or not _SUBDOMAIN.fullmatch(text)):
        raise ValueError(f"is {quoted(text)}; write the name of a {kind}")
    return text


def parse_use_auto_auth_token(text: str) -> str:
    """Parse a boolean, or force."""
    return text if text == "force" else str(go_values.parse_bool(text)).lower()


def parse_layers(text: str) -> tuple[str, ...]:
    """Parse a list of auto-auth, caching and templating, separated by commas."""
    words = tuple(filter(None, (each.strip() for each in text.split(","))))
    for each in words:
        if each not in _LAYERS:
            raise ValueError(f"has {quoted(each)}; write some of {', '.join(_LAYERS)}")
    return words
