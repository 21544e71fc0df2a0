"""Parse access files: read all of them, then report all mistakes together.

The steps of `parse_access`: (1) YAML, with what is included, (2) the schema, (3) the shared settings: owner, lock,
mounts, (4) the grants, (5) duplicates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from vault.places import Mistake, Place
from vault.policy.errors import AccessInvalid
from vault.policy.files.grants import GrantParser
from vault.policy.files.includes import with_included
from vault.policy.files.model import DEFAULT_OWNER, Access, AuthMount, Grant, Mount, policy_name
from vault.policy.files.mounts import parse_auth_mount, parse_mount
from vault.policy.files.paths import find_mount, path_problem
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
    declaring = list(dict.fromkeys([*shared, *documents]))
    mistakes += [mistake for each in declaring for mistake in find_mistakes(each, SCHEMA)]  # (2)
    if mistakes:
        raise AccessInvalid(mistakes)
    owner = _one(documents, "owner", DEFAULT_OWNER, mistakes)  # (3)
    lock = _one(documents, "lock", "", mistakes)
    mounts = _declared(declaring, "mounts", parse_mount, mistakes)
    auths = _declared(declaring, "auth", parse_auth_mount, mistakes)
    parser = GrantParser(mounts, auths, mistakes)
    grants = [  # (4)
        grant
        for document in documents
        for number in range(len(document.value.get("grants", ())))
        for grant in parser.parse(document, number)
    ]
    _check_distinct(grants, mistakes)  # (5)
    if lock:
        _check_lock(documents, lock, mounts, mistakes)
    if mistakes:
        raise AccessInvalid(mistakes)
    return Access(owner=owner, lock=lock, mounts=mounts, auths=auths, grants=tuple(grants))


def _one(documents: list[Document], key: str, default: str, mistakes: list[Mistake]) -> str:
    """Return the value of a key on which all files that set it must agree."""
    saying = [document for document in documents if key in document.value]
    value: str = saying[0].value[key] if saying else default
    mistakes.extend(
        Mistake(other.place(key), f"{key} is {other.value[key]!r} here and {value!r} in {saying[0].place(key)}")
        for other in saying
        if other.value[key] != value
    )
    return value


def _declared(
    documents: list[Document],
    key: str,
    parse: Callable[[Document, str, list[Mistake]], _Declared],
    mistakes: list[Mistake],
) -> dict[str, _Declared]:
    """Return the mounts by path. Several files may declare the same mount if the declarations are equal."""
    found: dict[str, tuple[_Declared, Any]] = {}
    for document in documents:
        for path, raw in document.value.get(key, {}).items():
            mount = parse(document, path, mistakes)
            known, before = found.setdefault(path, (mount, raw))
            if before != raw:
                mistakes.append(Mistake(mount.place, f"{key}.{path} differs from {known.place}"))
    return {path: mount for path, (mount, _) in found.items()}


def _check_distinct(grants: list[Grant], mistakes: list[Mistake]) -> None:
    roles: dict[str, Grant] = {}
    policies: dict[str, Grant] = {}
    for grant in grants:
        first = roles.setdefault(grant.role_path, grant)
        other = policies.setdefault(policy_name(grant), grant)
        if first is not grant:
            what = (
                f"the role {grant.role_path} is already declared in {first.place}: put all its paths there, or use "
                "another role"
            )
            mistakes.append(Mistake(grant.place, what))
        elif other is not grant:
            what = f"the policy {policy_name(grant)} is already made by {other.place}: use another role"
            mistakes.append(Mistake(grant.place, what))


def _check_lock(documents: list[Document], lock: str, mounts: dict[str, Mount], mistakes: list[Mistake]) -> None:
    place = next(document.place("lock") for document in documents if "lock" in document.value)
    mount = find_mount(lock, mounts)
    is_data = mount is not None and mount.version == 2 and lock.startswith(f"{mount.path}/data/")  # noqa: PLR2004 - KV's
    if path_problem(lock) or not is_data or any(each in lock for each in "*+") or lock.endswith("/"):
        mistakes.append(
            Mistake(place, f"lock: {lock!r} is not a secret in a declared KV version 2 mount; write MOUNT/data/NAME")
        )
