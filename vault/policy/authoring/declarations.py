"""Convert a Vault's mounts to `Mount` values and to declarations of access files; render documents as text."""

from __future__ import annotations

import io
from typing import Any

from ruamel.yaml import YAML

from vault.places import Place
from vault.policy.desired.resources import Fields
from vault.policy.files.engines import has_leases
from vault.policy.files.model import Mount

_WIDE = 4096  # no line is broken


def mount_of(path: str, fields: Fields) -> Mount:
    """Return the mount that an entry of `sys/mounts` describes. An unknown engine counts as one without leases."""
    kind = fields["type"]
    version = int((fields.get("options") or {}).get("version", 1)) if kind == "kv" else None
    return Mount(path, kind, version, bool(has_leases(kind)), Place("Vault"))


def declaration(mount: Mount) -> dict[str, Any]:
    """Return the declaration of a mount in an access file."""
    declared: dict[str, Any] = {"type": mount.kind}
    if mount.version is not None:
        declared["version"] = mount.version
    if has_leases(mount.kind) is None:
        declared["leases"] = False  # nobody here knows; what is there stays as it is
    return declared


def render_document(document: Any) -> str:
    """Render a document as text."""
    stream = io.StringIO()
    writer = YAML()
    writer.width = _WIDE
    writer.dump(document, stream)
    return stream.getvalue()
