"""Guess the mount of a path from its shape, if no Vault can be asked. The output marks it as a guess.

The APIs of the engines use characteristic words (https://developer.hashicorp.com/vault/api-docs/secret); the part
before such a word is the mount. If the mount is named after an engine, that engine counts. Without such a word the
path is taken for KV version 1, with the first segment as the mount.
"""

from __future__ import annotations

from collections.abc import Iterable

from vault.places import Place
from vault.policy.files.engines import has_leases
from vault.policy.files.model import Mount

_WORDS = {
    # the word after the mount, and the engine it implies unless the mount's name implies another
    "creds": "database",
    "static-creds": "database",
    "issue": "pki",
    "sign": "pki",
    "sign-verbatim": "pki",
    "encrypt": "transit",
    "decrypt": "transit",
    "rewrap": "transit",
    "datakey": "transit",
    "hmac": "transit",
    "code": "totp",
}
_KV2_WORD = "data"


def guess_mount(path: str) -> Mount:
    """Guess the mount of one path."""
    segments = path.split("/")
    for number, word in enumerate(segments[1:-1], 1):
        mount = "/".join(segments[:number])
        if word == _KV2_WORD:
            return _kv(mount, 2)
        if word in _WORDS:
            named = segments[number - 1]
            kind = named if has_leases(named) is not None and named != "kv" else _WORDS[word]
            return Mount(mount, kind, None, bool(has_leases(kind)), Place("guessed"))
    return _kv(segments[0], 1)


def guess_mounts(paths: Iterable[str]) -> dict[str, Mount]:
    """Guess the mounts of all paths, keyed by mount path. A guess by an engine's word wins over one without."""
    found: dict[str, Mount] = {}
    for path in sorted(paths):
        mount = guess_mount(path)
        if mount.path not in found or found[mount.path].version == 1:
            found[mount.path] = mount
    return found


def _kv(path: str, version: int) -> Mount:
    return Mount(path, "kv", version, has_leases=False, place=Place("guessed"))
