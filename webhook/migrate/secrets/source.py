"""A Kubernetes Secret whose values move to Vault."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vault.contract.references import SecretRef


@dataclass(frozen=True, slots=True)
class Source:
    """A Secret: what it is called, its keys, and the path in Vault where they go; "": Vault has them already.

    `binary` are the keys whose values are no UTF-8: Vault has them in base64. `references` are for what Vault has
    already: the annotation's value by the key. `is_whole` is whether `keys` are all keys.
    """

    namespace: str
    name: str
    keys: tuple[str, ...]
    path: str
    binary: frozenset[str] = frozenset()
    references: tuple[tuple[str, str], ...] = ()
    is_whole: bool = True

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    def reference(self, key: str) -> str:
        """Return the value of an annotation for a key. Raises ReferenceInvalid."""
        if not self.path:
            return dict(self.references)[key]
        decoding = " decode=base64" if key in self.binary else ""
        return f"{SecretRef(path=self.path, key=key)}{decoding}"

    def lacks(self, key: str) -> bool:
        """Whether it is not known where in Vault the value of a key is."""
        return not self.path and key not in dict(self.references)

    @property
    def unknown(self) -> str:
        """What to say where not all of its keys are known."""
        hint = "; --write reads them in the cluster" if self.path else ""
        all_of = "all " if self.keys else ""
        return f"{all_of}the keys of the Secret {self} are not known from these files{hint}"

    def with_binary(self, keys: frozenset[str]) -> Source:
        """Return it with what is known of the values."""
        return replace(self, binary=keys)
