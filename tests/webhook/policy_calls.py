"""How tests call `omamori policy`, and the access file that they mostly use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support.vault.access import Ground

Call = Callable[..., int]


def written(folder: Path, ground: Ground, more: str = "", *, name: str = "access.yaml", ttl: str = "10m") -> Path:
    """Write an access file with one grant."""
    file = folder / name
    file.write_text(
        f"accessVersion: 1\nowner: {ground.owner}\nlock: {ground.mount}/data/lock\n"
        f"mounts: {{{ground.mount}: {{type: kv}}}}\nauth: {{{ground.auth}: {{type: kubernetes}}}}\ngrants:\n"
        "- workload: {namespace: shop, serviceAccount: checkout}\n"
        f"  paths:\n    {ground.mount}/data/shop/db: [read, watch]\n  token: {{ttl: {ttl}}}\n{more}"
    )
    return file
