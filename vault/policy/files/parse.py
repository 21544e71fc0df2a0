"""Parse access files: read all of them, then report all mistakes together.

The steps of `parse_access`: (1) YAML, with what is included, (2) the schema, (3) the owners, mounts and
locks, (4) the grants, (5) duplicates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeVar

from vault.places import Mistake, Place
from vault.policy.errors import AccessInvalid
from vault.policy.files.grants import GrantParser
from vault.policy.files.includes import with_included
from vault.policy.files.model import Access, AuthMount, Grant, Mount, policy_name
from vault.policy.files.mounts import parse_auth_mount, parse_mount
from vault.policy.files.owners import Owners, parse_locks, parse_owners
from vault.policy.files.schema import find_mistakes
from vault.yamlfile import Document, parse_documents

SCHEMA = "access-v1.schema.json"
NOTHING: Mapping[str, str] = MappingProxyType({})

_Declared = TypeVar("_Declared", Mount, AuthMount)


def parse_access(files: Iterable[tuple[str, str]], included: Mapping[str, str] = NOTHING) -> Access:
    """Parse the texts of files, keyed by name. Raises AccessInvalid with every mistake.

    `included` are the texts of what they include, by the names that `find_includes` gives.
    """
    mistakes: list[Mistake] = []
    documents: list[Document] = []
    for name, text in files:  # (1)
        found = parse_documents(name, text, mistakes)
        if not found and not any(mistake.place.file == name for mistake in mistakes):
            mistakes.append(Mistake(Place(name), "is empty; an access file begins with accessVersion: 1"))
        documents += found
    with_shared = list(with_included(documents, included, mistakes))
    shared = [each for _, others in with_shared for each in others]
    mistakes += [
        mistake for each in dict.fromkeys([*shared, *documents]) for mistake in find_mistakes(each, SCHEMA)
    ]  # (2)
    if mistakes:
        raise AccessInvalid(mistakes)
    owners = parse_owners(documents, mistakes)  # (3)
    of_shared: dict[Document, set[str]] = {}
    for document, others in with_shared:
        for each in others:
            of_shared.setdefault(each, set()).update(owners[document])
    declaring = {**{each: tuple(sorted(found)) for each, found in of_shared.items()}, **owners}
    mounts = _declared(declaring, "mounts", parse_mount, mistakes)
    auths = _declared(declaring, "auth", parse_auth_mount, mistakes)
    locks = parse_locks(owners, mounts, mistakes)
    parser = GrantParser(mounts, auths, mistakes)
    grants = [  # (4)
        grant
        for document in documents
        for number in range(len(document.value.get("grants", ())))
        for grant in parser.parse(document, number, owners[document][0])
    ]
    _check_distinct(grants, mistakes)  # (5)
    if mistakes:
        raise AccessInvalid(mistakes)
    everybody = tuple(sorted({owner for found in owners.values() for owner in found}))
    return Access(owners=everybody, locks=locks, mounts=mounts, auths=auths, grants=tuple(grants))


def _declared(
    documents: Mapping[Document, Owners],
    key: str,
    parse: Callable[[Document, str, list[Mistake]], _Declared],
    mistakes: list[Mistake],
) -> dict[str, _Declared]:
    """Return the mounts by path. Several files may declare the same mount if the declarations are equal."""
    found: dict[str, tuple[_Declared, Any]] = {}
    owners: dict[str, set[str]] = {}
    for document, whose in documents.items():
        for path, raw in document.value.get(key, {}).items():
            mount = parse(document, path, mistakes)
            known, before = found.setdefault(path, (mount, raw))
            owners.setdefault(path, set()).update(whose)
            if before != raw:
                mistakes.append(Mistake(mount.place, f"{key}.{path} differs from {known.place}"))
    return {path: replace(mount, owners=tuple(sorted(owners[path]))) for path, (mount, _) in found.items()}


def _check_distinct(grants: list[Grant], mistakes: list[Mistake]) -> None:
    roles: dict[str, Grant] = {}
    policies: dict[str, Grant] = {}
    for grant in grants:
        first = roles.setdefault(grant.role_path, grant)
        other = policies.setdefault(policy_name(grant), grant)
        if first is not grant and first.owner != grant.owner:
            what = (
                f"the role {grant.role_path} is that of the owner {first.owner} too, in {first.place}: a role has one "
                "owner; use another role"
            )
            mistakes.append(Mistake(grant.place, what))
        elif first is not grant:
            what = (
                f"the role {grant.role_path} is already declared in {first.place}: put all its paths there, or use "
                "another role"
            )
            mistakes.append(Mistake(grant.place, what))
        elif other is not grant:
            what = f"the policy {policy_name(grant)} is already made by {other.place}: use another role"
            mistakes.append(Mistake(grant.place, what))
