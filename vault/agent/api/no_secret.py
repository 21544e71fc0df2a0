"""Diagnose an answer without keys and values, and suggest a path that returns them."""

from __future__ import annotations

from vault.contract.errors import NoSecret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.api.responses import Answer
    from vault.contract import plan as contract

# engine paths that do not answer with JSON: their last segments, and the path that returns the same in JSON
_RAW = (
    ("issuer/*/crl/pem", "{mount}/issuer/{name}/crl#crl"),
    ("issuer/*/crl/der", "{mount}/issuer/{name}/crl#crl"),
    ("issuer/*/pem", "{mount}/issuer/{name}/json#certificate"),
    ("issuer/*/der", "{mount}/issuer/{name}/json#certificate"),
    ("cert/*/raw/pem", "{mount}/cert/{name}#certificate"),
    ("cert/*/raw", "{mount}/cert/{name}#certificate"),
    ("cert/*", ""),  # is JSON
    ("ca/pem", "{mount}/cert/ca#certificate, or {mount}/cert/ca_chain#certificate format=pem-bundle"),
    ("crl/pem", "{mount}/cert/crl#certificate"),
    ("ca", "{mount}/cert/ca#certificate, or {mount}/cert/ca_chain#certificate format=pem-bundle"),
    ("ca_chain", "{mount}/cert/ca_chain#certificate format=pem-bundle, or {mount}/cert/ca#certificate"),
    ("crl", "{mount}/cert/crl#certificate"),
    ("public_key", "{mount}/config/ca#public_key"),
)


def no_secret(login: contract.Session, path: str, answer: Answer) -> NoSecret:
    """Make the error for a success without keys and values; it describes the answer."""
    document = answer.document.reveal()
    hint = "use a path that returns keys and values; omamori does not call paths only for their side effect"
    if answer.form and answer.form != "empty":
        message = f"{path} answers with {answer.form}, not JSON with `data`"
        instead = instead_of_raw(path)
        if instead:
            message = f"{path} answers with {answer.form}, not JSON: use {instead}"
            hint = f"write in the annotation: {instead}"
    elif answer.form or not document:
        message = f"the answer of {path} has no data: it is empty (HTTP {answer.status})"
    elif document.get("wrap_info"):
        message = f"the answer of {path} has no data: it is wrapped (a control group?)"
        hint = "omamori does not unwrap answers: remove min_wrapping_ttl for this path from the policy"
    elif isinstance(document.get("auth"), dict):
        message = f"the answer of {path} has `auth` and no data: a token was made, and is not delivered"
    elif isinstance(document.get("data"), dict):
        message = f"the version at {path} has no data"
        hint = "write the secret, or undelete its version"
    elif document.get("data") is not None:
        message = f"the answer of {path} has no keys and values: its `data` is not an object"
    else:
        message = f"the answer of {path} has no data"
    return NoSecret(message, hint=hint, vault=login.vault, role=login.role, path=path, status=answer.status)


def instead_of_raw(path: str) -> str:
    """Return the reference that gives the content of a non-JSON path as JSON, for an annotation; "": unknown."""
    segments = path.split("/")
    for pattern, instead in _RAW:
        wanted = pattern.split("/")
        mount, last = segments[: -len(wanted)], segments[-len(wanted) :]
        if mount and len(last) == len(wanted) and all(a in ("*", b) for a, b in zip(wanted, last, strict=True)):
            return instead.format(mount="/".join(mount), name=last[1] if len(last) > 1 else "")
    return ""
