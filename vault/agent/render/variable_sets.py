"""Variables whose names only a secret knows, as the launcher's env file has them: each key of a map is one.

The names are the secret's, so whoever may write it could choose what the application runs: a name that makes programs
run code is refused, as in a file of the format `env`, unless the Pod's author has written it. Loaded only where a
container has a VariableSet.
"""

from __future__ import annotations

from vault.agent.render.code_names import reason_against
from vault.agent.render.envfile import render_launch_file
from vault.agent.render.files import pick
from vault.agent.render.selection import select_names
from vault.agent.render.text import encoded, text_of
from vault.contract.errors import NotRepresentable
from vault.contract.plan import MOST_VARIABLES_BYTES
from vault.contract.shown import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import Any, TypeAlias

    from vault.contract.plan import VariableSet

    # by the variable's name: its key in the secret, and what the env file has for it
    Entries: TypeAlias = dict[str, tuple[str, bytes]]

_FIRST = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.-")
_REST = _FIRST | frozenset("0123456789")
_MOST_NAME_CHARACTERS = 255
_POINTER_BYTES = 8  # the kernel counts one for each variable


def find_variables(
    wanted: VariableSet, values: Mapping[str, Any], declared: Collection[str]
) -> tuple[Entries, list[str]]:
    """Return the variables of a set, and the names that are left out, since the container declares them.

    Raises KeyMissing, also where the set is optional, and NotRepresentable.
    """
    part = pick(values, wanted.key, wanted.pointer, wanted.annotation)
    try:
        return _find(wanted, part, declared)
    except NotRepresentable as error:
        raise NotRepresentable(error.message, hint=error.hint, annotation=wanted.annotation) from None


def _find(wanted: VariableSet, part: Any, declared: Collection[str]) -> tuple[Entries, list[str]]:
    if not isinstance(part, dict):
        place = (
            wanted.key or "" if not wanted.pointer else "".join(f"/{each}" for each in (wanted.key, *wanted.pointer))
        )
        raise NotRepresentable(
            f"the value at {quoted(place)} is not a map of names and values",
            hint="name a map, or take the one value with env.omamori.dev/NAME",
        )
    named = {new for _, new in wanted.renames}  # by the Pod's author, as all are with keys=
    entries: Entries = {}
    left_out = []
    for name, key in select_names(wanted, part).items():
        if name in declared:
            left_out.append(name)
            continue
        _check_name(name, key, is_authors=bool(wanted.keys) or name in named)
        entries[name] = key, _entry(name, key, part[key])
    return entries, left_out


def _check_name(name: str, key: str, *, is_authors: bool) -> None:
    if not 0 < len(name) <= _MOST_NAME_CHARACTERS or name[0] not in _FIRST or not _REST.issuperset(name):
        raise NotRepresentable(
            f"the key {quoted(key)} cannot be the variable {quoted(name)}: a variable's name has letters, digits, '_', "
            f"'-' and '.', no digit first, and at most {_MOST_NAME_CHARACTERS} characters",
            hint="give it another name with rename=, or list the keys to take with keys=",
        )
    reason = "" if is_authors else reason_against(name)
    if reason:
        raise NotRepresentable(
            f"the key {quoted(key)} of the secret cannot be the variable {quoted(name)}: {reason}",
            hint="give it another name with rename=, or list the keys to take with keys=; listed there it is taken",
        )


def _entry(name: str, key: str, value: Any) -> bytes:
    if value is None:
        raise NotRepresentable(
            f"the key {quoted(key)} is null", hint="write a value, or list the keys to take with keys="
        )
    try:
        return render_launch_file({name: encoded(key, text_of(key, value))})
    except NotRepresentable as error:
        raise NotRepresentable(
            f"the key {quoted(key)} cannot be a variable: {error.message}",
            hint="list the keys to take with keys=, and deliver this one as a file",
        ) from None
    except RecursionError:
        raise NotRepresentable(
            f"the value of the key {quoted(key)} is nested too deep", hint="store it as a text"
        ) from None


def render_sets(variables: Mapping[str, str], size_bytes: int, found: Sequence[tuple[str, Entries]]) -> bytes:
    """Render what sets add to the env file of a container, each with its annotation. Raises NotRepresentable.

    `variables` are those that the file has already, each with its annotation, `size_bytes` what they take there.
    """
    annotations = dict(variables)
    for annotation, entries in found:
        for name, (key, _) in entries.items():
            other = annotations.setdefault(name, annotation)
            if other is not annotation:
                raise NotRepresentable(
                    f"the key {quoted(key)} would be the variable {quoted(name)}, which {other} gives, too",
                    hint="give it another name with rename= or prefix=, or list the keys to take with keys=",
                    annotation=annotation,
                )
    lines = [(len(entry), name, key, entry) for _, entries in found for name, (key, entry) in entries.items()]
    total = size_bytes + sum(size for size, *_ in lines) + _POINTER_BYTES * len(annotations)
    if lines and total > MOST_VARIABLES_BYTES:
        size, name, key, _ = max(lines)
        raise NotRepresentable(
            f"the variables of the container take {total >> 10} KiB, and a process can be started with "
            f"{MOST_VARIABLES_BYTES >> 10} KiB beside its arguments; the largest of a whole secret is {quoted(name)}, "
            f"of the key {quoted(key)}, with {size} bytes",
            hint="list the keys to take with keys=, or deliver the secret as a file",
            annotation=annotations[name],
        )
    return b"".join(entry for *_, entry in lines)
