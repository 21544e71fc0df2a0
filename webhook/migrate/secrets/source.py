"""A Kubernetes Secret whose values move to Vault."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vault.contract.references import SecretRef


@dataclass(frozen=True, slots=True)
class Source:
    """A Secret: what it is called, its keys, and the path in Vault where they go.

    `binary` are the keys whose values are no UTF-8: Vault has them in base64.
    """

    namespace: str
    name: str
    keys: tuple[str, ...]
    path: str
    binary: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    def reference(self, key: str) -> str:
        """Return the value of an annotation for a key. Raises ReferenceInvalid."""
        decoding = " decode=base64" if key in self.binary else ""
        return f"{SecretRef(path=self.path, key=key)}{decoding}"

    def with_binary(self, keys: frozenset[str]) -> Source:
        """Return it with what is known of the values."""
        return replace(self, binary=keys)
