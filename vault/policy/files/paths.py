"""Check the paths of grants and find their mounts.

In Vault, `*` is a wildcard only at the end of a path, and `+` only as a whole segment (https://developer.hashicorp.com/
vault/docs/concepts/policies); elsewhere they are silently literal. Templates (`{{`) belong in `rawPolicy`, and so does
`${`, which a string of Vault's policy language cannot contain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from vault.contract.errors import ReferenceInvalid
from vault.contract.references import parse_reference
from vault.policy.files.engines import KV2_SEGMENTS
from vault.policy.files.model import Mount

_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_REFERENCE = re.compile(r"#|%[0-9A-Fa-f]{2}|@[0-9]+$", re.ASCII)


def path_problem(path: str) -> str:
    """Return what is wrong with a path, or ""."""
    problem = shape_problem(path)
    if problem:
        return problem
    if "{{" in path or "${" in path:
        return "has '{{' or '${'; a templated path belongs in rawPolicy"
    if not path.isprintable():
        return "has a character that cannot be printed"
    return reference_problem(path)


def shape_problem(path: str) -> str:
    """Return why a path matches no call, or another one than it seems, or ""."""
    body = path.removesuffix("*").removesuffix("/")
    if not body and path != "*":
        return "is empty"
    if path.startswith("/") or "//" in path:
        return "begins with '/' or has an empty segment; write it as a Vault policy names it"
    if "*" in body:
        return "has a '*' that is not at its end; Vault takes it literally there"
    if any("+" in segment and segment != "+" for segment in path.split("/")):
        return "has a '+' that is not a whole segment; Vault takes it literally there"
    if any(segment in {".", ".."} for segment in path.split("/")):
        return "has a '.' or '..' segment"
    return ""


def reference_problem(path: str) -> str:
    """Report a path in annotation syntax, or return "": Vault would take `#`, `@` and `%` literally."""
    if not _REFERENCE.search(path):
        return ""
    try:
        meant = parse_reference(path).path
    except ReferenceInvalid:
        meant = path.partition("#")[0]
    sign = "'#'" if "#" in path else "an escape such as %20" if _ESCAPE.search(path) else "'@' and a version"
    return (
        f"has {sign}, which only annotations support; did you mean {meant}? "
        "(a name that really contains it belongs in rawPolicy)"
    )


def find_mount(path: str, mounts: Mapping[str, Mount]) -> Mount | None:
    """Return the innermost declared mount of a path. None: there is none, or a wildcard makes it ambiguous."""
    around = [mount for mount in mounts.values() if path.startswith(f"{mount.path}/")]
    return max(around, key=lambda mount: len(mount.path), default=None)


def kv2_problem(path: str, mount: Mount) -> str:
    """Return what is wrong with a path of a KV version 2 mount, or ""."""
    segment, slash, rest = path.removeprefix(f"{mount.path}/").partition("/")
    if segment in {"*", "+"} or (segment in KV2_SEGMENTS and slash and rest) or segment == "config":
        return ""
    name = path.removeprefix(f"{mount.path}/")
    if segment in KV2_SEGMENTS and (slash or segment == name):
        return "" if slash else f"names no secret; write {path}/NAME"
    return f"is not a path of the KV version 2 mount {mount.path}; did you mean {mount.path}/data/{name}?"
