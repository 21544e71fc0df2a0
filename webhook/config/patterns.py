"""The default Vault role of a Pod, and Vault's namespace: the administrator's patterns, filled from the Pod.

The pattern must be injective: if two ServiceAccounts got the same role, one of them could read the other's
secrets. A namespace has lower-case letters, digits and '-' (RFC 1123 label), a ServiceAccount's name dots as well, so a
pattern is injective when the character between the two that touches `{namespace}` is none of these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vault.contract.shown import quoted
from webhook.config.vault_parsers import parse_namespace

# framework.GenericNameRegex of Vault, and a bound of ours
ROLE = re.compile(r"\w([\w.-]{0,254}\w)?", re.ASCII)
MAX_PATTERN_CHARACTERS = 128

_NAMESPACE = "{namespace}"
_PLACEHOLDER = re.compile(r"\{(namespace|service_account)\}")
_LITERAL = re.compile(r"[\w.-]*", re.ASCII)
_LABEL_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


@dataclass(frozen=True, slots=True)
class RolePattern:
    """A pattern that gives each ServiceAccount a different role."""

    text: str

    def role(self, namespace: str, service_account: str) -> str:
        """Fill the pattern."""
        return self.text.format(namespace=namespace, service_account=service_account)


@dataclass(frozen=True, slots=True)
class NamespacePattern:
    """The namespace in Vault, "" for its root. With `{namespace}` in it each Kubernetes namespace has another one."""

    text: str

    def __bool__(self) -> bool:
        """Whether it is not the root."""
        return bool(self.text)

    def namespace(self, namespace: str) -> str:
        """Fill the pattern with a Kubernetes namespace."""
        return self.text.replace(_NAMESPACE, namespace)


NO_NAMESPACE = NamespacePattern("")


def parse_namespace_pattern(text: str) -> NamespacePattern:
    """Parse a namespace of Vault, or a pattern of one. Raises ValueError.

    What is beside the one name is the same for all, so no two give the same namespace.
    """
    if text.count(_NAMESPACE) > 1:
        raise ValueError(f"is {quoted(text)}; {_NAMESPACE} may stand in it once")
    # a namespace of Kubernetes has fewer kinds of characters than one of Vault's
    parse_namespace(text.replace(_NAMESPACE, "a"))
    return NamespacePattern(text.strip("/"))


def parse_role_pattern(text: str) -> RolePattern:
    """Parse a pattern. Raises ValueError if it is invalid or may give two ServiceAccounts the same role."""
    before, *pieces = _PLACEHOLDER.split(text)
    if sorted(pieces[0::2]) != ["namespace", "service_account"]:
        raise ValueError(f"is {quoted(text)}; it needs {{namespace}} and {{service_account}}, each once")
    first, between, _second, after = pieces
    if not all(_LITERAL.fullmatch(each) for each in (before, between, after)):
        raise ValueError(f"is {quoted(text)}; beside the two names it may have letters, digits, '_', '-' and '.'")
    if not ROLE.fullmatch(f"{before}a{between}b{after}") or len(text) > MAX_PATTERN_CHARACTERS:
        raise ValueError(f"is {quoted(text)}; no role of Vault's can begin or end with '.' or '-', or be that long")
    touching = between[:1] if first == "namespace" else between[-1:]
    if not touching or touching in _LABEL_CHARACTERS:
        raise ValueError(
            f"is {quoted(text)}, which can give two ServiceAccounts the same role; "
            "put a '.' or '_' beside {namespace}"
        )
    return RolePattern(text)
