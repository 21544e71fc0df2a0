"""A part of a secret: the value at a pointer, and of a map the names that are wanted, perhaps under other names.

Loaded only where an Output, a Variable or a VariableSet asks for it.
"""

from __future__ import annotations

from vault.contract.errors import KeyMissing, NotRepresentable
from vault.contract.shown import listed, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from vault.contract.plan import Output, VariableSet


def value_at(value: Any, key: str, pointer: Sequence[str], annotation: str) -> Any:
    """Return what is at a pointer (RFC 6901) below the value of a key. Raises KeyMissing."""
    place = f"/{key}"
    for name in pointer:
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and _is_index(name) and int(name) < len(value):
            value = value[int(name)]
        else:
            raise KeyMissing(
                f"the secret has nothing at {quoted(f'{place}/{name}')}",
                hint=_what_is(place, value),
                annotation=annotation,
            )
        place = f"{place}/{name}"
    return value


def _is_index(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 10 and (name == "0" or name[0] != "0")  # noqa: PLR2004


def _what_is(place: str, value: Any) -> str:
    """Say what may stand below a value, by names alone."""
    if isinstance(value, dict):
        return f"{quoted(place)} has: {listed(value) or 'no names'}"
    if isinstance(value, list):
        return f"{quoted(place)} is a list; its first element is 0"
    return f"{quoted(place)} is a single value, with nothing below it; a text of JSON can be read by a template"


def select(output: Output, value: Any) -> dict[str, Any]:
    """Return the names that an Output wants, as it wants to have them. Raises KeyMissing and NotRepresentable."""
    if not isinstance(value, dict):
        raise NotRepresentable(
            f"the key {quoted(output.key or output.name)} is not a map of names and values",
            hint="remove keys=, rename=, prefix= and upper=, which are for maps",
        )
    return {new: value[name] for new, name in select_names(output, value).items()}


def select_names(wanted: Output | VariableSet, value: dict[str, Any]) -> dict[str, str]:
    """Return the names as they are wanted, each with its name in the map. Raises KeyMissing and NotRepresentable."""
    renames = dict(wanted.renames)
    missing = [name for name in (*wanted.keys, *renames) if name not in value]
    if missing:
        raise KeyMissing(
            f"the secret has no key {quoted(missing[0])}",
            hint=f"it has: {listed(value) or 'no keys'}",
            annotation=wanted.annotation,
        )
    chosen: dict[str, str] = {}
    for name in wanted.keys or value:
        new = renames.get(name)
        if new is None:
            new = wanted.prefix + name
            new = new.upper() if wanted.upper else new
        if new in chosen:
            raise NotRepresentable(f"two keys would both be {quoted(new)}", hint="give one another name with rename=")
        chosen[new] = name
    return chosen
