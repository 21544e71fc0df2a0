"""The difference of two Pods as JSON Patch (RFC 6902) that adds; it changes or removes nothing but our own parts.

The new Pod shares every untouched part with the old one, so most of the comparison is `is`. What is not an addition
raises NotAnAddition: the last guard between a mistake of ours and somebody's Pod.

Our own parts are items of lists with a reserved name, and the launcher's words in a command; they may be added,
replaced, moved and removed. Pull secrets have the administrator's names, so they are only ever added, behind the Pod's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from webhook.admission.pod.ownership import is_our_part, without_launcher

Operation = dict[str, Any]

_PULL_SECRETS = "/spec/imagePullSecrets"


class NotAnAddition(AssertionError):
    """A change to a part of a Pod that is not ours: an error in omamori, never the user's."""


def additions(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Operation]:
    """Return the operations that make `new` of `old`. Raises NotAnAddition. A null in `old` counts as absent."""
    operations: list[Operation] = []
    _add_to_object(old, new, "", operations)
    return operations


def render_patch(operations: Sequence[Operation]) -> bytes:
    """Render operations as JSON."""
    return orjson.dumps(operations)


def _add(old: Any, new: Any, path: str, operations: list[Operation]) -> None:
    if isinstance(old, dict) and isinstance(new, dict):
        _add_to_object(old, new, path, operations)
    elif isinstance(old, list) and path == _PULL_SECRETS and new[: len(old)] == old:
        operations.extend({"op": "add", "path": f"{path}/-", "value": each} for each in new[len(old) :])
    elif isinstance(old, list) and isinstance(new, list):
        _add_to_list(old, new, path, operations)
    elif type(old) is not type(new) or old != new:
        raise NotAnAddition(f"a value at {path or '/'} would change")


def _add_to_object(old: Mapping[str, Any], new: Mapping[str, Any], path: str, operations: list[Operation]) -> None:
    if not old.keys() <= new.keys():  # rare, and quicker to ask than to take the difference
        for name in old.keys() - new.keys():
            if old[name] is not None:
                raise NotAnAddition(f"{_member(path, name)} would be removed")
    for name, value in new.items():
        before = old.get(name)
        if before is value:
            continue
        if before is None:
            # `add` replaces a null, which the API server takes for absent
            operations.append({"op": "add", "path": _member(path, name), "value": value})
        elif name == "command" and without_launcher(before) == without_launcher(value):
            # ours too: our launcher in front of a command, or no longer there
            if before != value:
                operations.append({"op": "replace", "path": _member(path, name), "value": value})
        else:
            _add(before, value, _member(path, name), operations)


def _add_to_list(old: Sequence[Any], new: Sequence[Any], path: str, operations: list[Operation]) -> None:
    """Walk both lists: foreign items pair up in order, ours come and go. `index` is in the list as patched so far."""
    index, position = 0, 0
    ahead: _NamesAhead | None = None
    for item in new:
        if position < len(old) and old[position] is item:
            position += 1
            index += 1
            continue
        ours = is_our_part(item)
        if ours:
            if position < len(old) and ahead is None:
                ahead = _NamesAhead(old)
            if ahead is None or not ahead.has(item.get("name"), position):
                operations.append({"op": "add", "path": f"{path}/{index}", "value": item})
                index += 1
                continue
        while position < len(old) and _is_other_of_ours(old[position], item):
            position += 1
            operations.append({"op": "remove", "path": f"{path}/{index}"})
        if position == len(old):
            raise NotAnAddition(f"{path} would get an item that is not ours")
        before = old[position]
        position += 1
        if not ours:
            _add(before, item, f"{path}/{index}", operations)
        elif before != item:
            operations.append({"op": "replace", "path": f"{path}/{index}", "value": item})
        index += 1
    for item in old[position:]:
        if not is_our_part(item):
            raise NotAnAddition(f"{path} would lose an item that is not ours")
        operations.append({"op": "remove", "path": f"{path}/{index}"})


class _NamesAhead:
    """The names of our items that stand, from a position on, in front of the next foreign one; each is read once."""

    def __init__(self, items: Sequence[Any]) -> None:
        self._items = items
        self._last: dict[Any, int] = {}  # the last position of each name in the stretch
        self._end = -1  # where the stretch ends

    def has(self, name: Any, position: int) -> bool:
        if position > self._end:
            self._last = {}
            end = position
            while end < len(self._items) and is_our_part(self._items[end]):
                self._last[self._items[end].get("name")] = end
                end += 1
            self._end = end
        return self._last.get(name, -1) >= position


def _is_other_of_ours(part: Any, item: Any) -> bool:
    return is_our_part(part) and not (is_our_part(item) and item.get("name") == part.get("name"))


def _member(path: str, name: str) -> str:
    return f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
