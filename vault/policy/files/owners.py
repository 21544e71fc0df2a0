"""Whose a document of access files is, and the lock of each owner.

A document without an owner is that of the other documents of its file, or of all files of the call if those have one
owner. Where there are several owners, a document without one may have mounts, auth methods and a lock, which are then
those of every owner; its grants would be nobody's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from vault.places import Mistake
from vault.policy.files.model import DEFAULT_OWNER, Mount
from vault.policy.files.paths import find_mount, path_problem
from vault.yamlfile import Document

_KV2 = 2

Owners = tuple[str, ...]


def parse_owners(documents: Sequence[Document], mistakes: list[Mistake]) -> dict[Document, Owners]:
    """Return the owners of each document, sorted: one, or several if it has none of its own and no grants."""
    everybody = _said(documents)
    found: dict[Document, Owners] = {}
    for document in documents:
        of_file = _said(each for each in documents if each.file == document.file)
        found[document] = _said([document]) or of_file or everybody or (DEFAULT_OWNER,)
        if len(found[document]) > 1 and document.value.get("grants"):
            what = f"whose are these grants? write owner: NAME; the owners of these files are {', '.join(everybody)}"
            mistakes.append(Mistake(document.place("grants"), what))
    return found


def parse_locks(
    owners: Mapping[Document, Owners], mounts: Mapping[str, Mount], mistakes: list[Mistake]
) -> dict[str, str]:
    """Return the lock of each owner that has one. Documents of one owner that say different locks are a mistake."""
    found: dict[str, Document] = {}
    for document in owners:
        if "lock" not in document.value:
            continue
        lock = document.value["lock"]
        for owner in owners[document]:
            first = found.setdefault(owner, document)
            if first.value["lock"] != lock:
                what = f"lock is {lock!r} here and {first.value['lock']!r} in {first.place('lock')}"
                mistakes.append(Mistake(document.place("lock"), what))
        if not _is_secret(lock, mounts):
            what = f"lock: {lock!r} is not a secret in a declared KV version 2 mount; write MOUNT/data/NAME"
            mistakes.append(Mistake(document.place("lock"), what))
    return {owner: str(document.value["lock"]) for owner, document in sorted(found.items())}


def _said(documents: Iterable[Document]) -> Owners:
    return tuple(sorted({str(each.value["owner"]) for each in documents if "owner" in each.value}))


def _is_secret(path: str, mounts: Mapping[str, Mount]) -> bool:
    mount = find_mount(path, mounts)
    is_data = mount is not None and mount.version == _KV2 and path.startswith(f"{mount.path}/data/")
    return is_data and not path_problem(path) and not any(each in path for each in "*+") and not path.endswith("/")
