"""Which mount a path lies in, told from its shape alone where no Vault is asked: a guess, and said to be one.

The engines' APIs have words of their own (https://developer.hashicorp.com/vault/api-docs/secret), and what stands
before such a word is the mount. A mount is often named after its engine, which then counts. Without such a word it is
KV version 1, whose mount is the first segment.
"""

from __future__ import annotations

from collections.abc import Iterable

from vault.places import Place
from vault.policy.files.engines import has_leases
from vault.policy.files.model import Mount

_WORDS = {
    # what follows the mount: the engine that it is of, unless the mount's name says another
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
    """Return the mount of one path."""
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
    """Return the mounts of all paths, by their own. A word of an engine's tells more than that there is none."""
    found: dict[str, Mount] = {}
    for path in sorted(paths):
        mount = guess_mount(path)
        if mount.path not in found or found[mount.path].version == 1:
            found[mount.path] = mount
    return found


def _kv(path: str, version: int) -> Mount:
    return Mount(path, "kv", version, has_leases=False, place=Place("guessed"))
