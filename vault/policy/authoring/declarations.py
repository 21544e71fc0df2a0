"""Convert a Vault's mounts to `Mount` values and to declarations of access files; render documents as text."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from vault.places import Place
from vault.policy.desired.resources import Fields
from vault.policy.files.engines import has_leases
from vault.policy.files.model import Mount

_WIDE = 4096  # no line is broken
# what is usual for each kind of auth method, and when it is
_CONFIGS = {
    "kubernetes": {"host": "https://kubernetes.default.svc", "reviewer": "vault"},
    "jwt": {"oidcDiscoveryUrl": "https://issuer.example.com"},
}
_WHEN = {
    "kubernetes": "if Vault runs in this cluster, and nobody has configured it there yet, write this instead:",
    "jwt": "if nobody has configured it in Vault yet, write this instead, with the cluster's own issuer\n"
    "(kubectl get --raw /.well-known/openid-configuration), and caCertificate where its CA is private:",
}


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


def config_hint(path: str, auth: Mapping[str, Any]) -> str:
    """Return a comment with the declaration of an auth method that is configured, and when it is right."""
    declared = {path: one_line({**auth, "config": _CONFIGS[auth["type"]]})}
    return f"{_WHEN[auth['type']]}\n{render_document(declared).strip()}"


def one_line(value: Any) -> Any:
    """Return a dict or list as a node that is rendered on one line."""
    made = CommentedMap(value) if isinstance(value, dict) else CommentedSeq(value)
    made.fa.set_flow_style()
    return made


def render_document(document: Any) -> str:
    """Render a document as text."""
    stream = io.StringIO()
    writer = YAML()
    writer.width = _WIDE
    writer.dump(document, stream)
    return stream.getvalue()
