"""Field paths: how to write a place in an object, and how to find it.

A field path is a list of names joined by dots; `[]` after a name means each item of that list:
`spec.metrics[].provider.job.spec.template`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from webhook.admission.rawjson import mapping_in, object_in, objects_in

Keys = tuple[str | int, ...]


def find_objects(value: Mapping[str, Any], place: str, keys: Keys = ()) -> Iterator[tuple[Keys, Mapping[str, Any]]]:
    """Return each object at a field path, with its keys appended to `keys`. Raises MalformedReview."""
    name, _, rest = place.partition(".")
    listed = name.removesuffix("[]")
    found: list[tuple[Keys, Mapping[str, Any]]]
    if listed != name:
        found = [((*keys, listed, number), each) for number, each in enumerate(objects_in(value, listed))]
    else:
        member = object_in(value, name)
        found = [] if member is None else [((*keys, name), member)]
    for where, each in found:
        if rest:
            yield from find_objects(each, rest, where)
        else:
            yield where, each


def mapping_at(value: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """Return the object at a list of names, empty if there is none. Raises MalformedReview."""
    for name in names:
        value = mapping_in(value, name)
    return value


def render_keys(keys: Keys) -> str:
    """Render a field path: `spec.templates[0].metadata`."""
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text
