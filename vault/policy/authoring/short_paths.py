"""Paths as templates name them: of a KV version 2 secret with or without `data/`, as Consul-Template takes both.

Source: hashicorp/consul-template dependency/vault_common.go, shimKVv2Path and shimKvV2ListPath: `data/` or `metadata/`
is added behind the mount, unless the path has one of them there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vault.contract.shown import shown
from vault.policy.files.model import Mount
from vault.policy.files.paths import find_mount

_KV2 = 2
_SEGMENTS = ("data", "metadata")


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
            frozenset(_expanded(path, mounts, "data") for path in self.reads),
            frozenset(_expanded(path, mounts, "data") for path in self.writes),
            frozenset(_expanded(path, mounts, "metadata") for path in self.lists),
            frozenset(_expanded(path, mounts, "data") for path in self.watched),
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


def _expanded(path: str, mounts: Mapping[str, Mount], segment: str) -> str:
    if path in mounts:  # the mount itself, of which `secrets` lists what is at its top
        return f"{path}/{segment}/" if mounts[path].version == _KV2 else f"{path}/"
    mount = find_mount(path, mounts)
    if mount is None or mount.version != _KV2:
        return path
    name = path.removeprefix(f"{mount.path}/")
    first, slash, _ = name.partition("/")
    if first not in _SEGMENTS:
        return f"{mount.path}/{segment}/{name}"
    return path if slash else f"{path}/"
