"""Rule: the difference of two Pods as JSON Patch (RFC 6902) that adds; it changes or removes nothing but our own parts.

The new Pod shares every untouched part with the old one, so most of the comparison is `is`. What is not an addition
raises NotAnAddition: the last guard between a mistake of ours and somebody's Pod.

Our own parts are items of lists with a reserved name; they may be added, replaced, moved and removed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

import orjson

from webhook.errors import NotAnAddition
from webhook.pod import is_our_part

Operation = dict[str, Any]


def additions(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Operation]:
    """Give the operations that make `new` of `old`. Raises NotAnAddition. A null in `old` counts as absent."""
    return list(_objects(old, new, ""))


def render_patch(operations: Sequence[Operation]) -> bytes:
    """Render operations as JSON."""
    return orjson.dumps(operations)


def _values(old: Any, new: Any, path: str) -> Iterator[Operation]:
    if old is new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _objects(old, new, path)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(old, new, path)
    elif type(old) is not type(new) or old != new:
        raise NotAnAddition(f"a value at {path or '/'} would change")


def _objects(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[Operation]:
    for name, value in old.items():
        if name not in new and value is not None:
            raise NotAnAddition(f"{_member(path, name)} would be removed")
    for name, value in new.items():
        before = old.get(name)
        if before is None:
            # `add` replaces a null, which the API server takes for absent
            if value is not None:
                yield {"op": "add", "path": _member(path, name), "value": value}
        elif before is not value:
            yield from _values(before, value, _member(path, name))


def _lists(old: Sequence[Any], new: Sequence[Any], path: str) -> Iterator[Operation]:
    """Walk both lists: foreign items pair up in order, ours come and go. `index` is in the list as patched so far."""
    index, remaining = 0, list(old)
    for item in new:
        if is_our_part(item) and item["name"] not in _names_of_ours_next(remaining):
            yield {"op": "add", "path": f"{path}/{index}", "value": item}
        else:
            while remaining and is_our_part(remaining[0]) and remaining[0]["name"] != _name(item):
                remaining.pop(0)
                yield {"op": "remove", "path": f"{path}/{index}"}
            if not remaining:
                raise NotAnAddition(f"{path} would get an item that is not ours")
            before = remaining.pop(0)
            if is_our_part(item):
                if before != item:
                    yield {"op": "replace", "path": f"{path}/{index}", "value": item}
            else:
                yield from _values(before, item, f"{path}/{index}")
        index += 1
    for item in remaining:
        if not is_our_part(item):
            raise NotAnAddition(f"{path} would lose an item that is not ours")
        yield {"op": "remove", "path": f"{path}/{index}"}


def _name(item: Any) -> Any:
    return item.get("name") if isinstance(item, dict) else None


def _names_of_ours_next(items: Sequence[Any]) -> list[str]:
    """The names of our items that stand in front of the next foreign one."""
    return [each["name"] for each in takewhile(is_our_part, items)]


def _member(path: str, name: str) -> str:
    return f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
