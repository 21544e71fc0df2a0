"""Paths as templates name them: of a KV version 2 secret with or without `data/`, as Consul-Template takes both.

The rule is in vault/contract/kv_paths.py; here the mounts are those of an access file, where the agent asks Vault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vault.contract.kv_paths import data_path, list_path
from vault.contract.shown import shown
from vault.policy.files.model import Mount
from vault.policy.files.paths import find_mount

_KV2 = 2


@dataclass(frozen=True, slots=True)
class ShortPaths:
    """What templates do in Vault: the paths as they name them. Those in `watched` are among the reads."""

    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    watched: frozenset[str] = frozenset()

    @property
    def all(self) -> frozenset[str]:
        """All of them."""
        return self.reads | self.writes | self.lists

    def joined(self, other: ShortPaths) -> ShortPaths:
        """Return both together."""
        return ShortPaths(
            self.reads | other.reads,
            self.writes | other.writes,
            self.lists | other.lists,
            self.watched | other.watched,
        )

    def expanded(self, mounts: Mapping[str, Mount]) -> ShortPaths:
        """Return the paths as policies name them."""
        return ShortPaths(
            frozenset(_called(path, mounts) for path in self.reads),
            frozenset(_called(path, mounts) for path in self.writes),
            frozenset(_listed(path, mounts) for path in self.lists),
            frozenset(_called(path, mounts) for path in self.watched),
        )

    def notes(self, guessed: Mapping[str, Mount]) -> Iterator[str]:
        """Say which paths may be of KV version 2 though nothing shows it. `guessed` are mounts that no Vault told."""
        for path in sorted(self.all):
            mount = guessed.get(path) or find_mount(path, guessed)
            if mount is not None and mount.version == 1:
                yield (
                    f"a template names {shown(path)}; if {shown(mount.path)} is KV version 2, the policy needs data/ "
                    "(to list, metadata/) behind it; --vault-address finds out"
                )


NO_PATHS = ShortPaths()


def _called(path: str, mounts: Mapping[str, Mount]) -> str:
    """Return the path of a read or a write."""
    mount = find_mount(path, mounts)
    if mount is None or mount.version != _KV2:
        return path
    return data_path(path, f"{mount.path}/")


def _listed(path: str, mounts: Mapping[str, Mount]) -> str:
    """Return the path of a list; what is at the top of a mount has a slash at its end, as policies name it."""
    mount = mounts.get(path) or find_mount(path, mounts)
    if mount is None or mount.version != _KV2:
        return f"{path}/" if path in mounts else path
    full = list_path(path, f"{mount.path}/")
    return f"{full}/" if full == f"{mount.path}/metadata" else full
