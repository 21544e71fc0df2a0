"""Read members of raw JSON whose types are uncertain: a valid value, absent, or MalformedReview.

The API server sends right shapes; anybody else may send anything. A null counts as absent, as it does there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class MalformedReview(ValueError):
    """The request's body is not an AdmissionReview v1 of a Pod; the message says what is missing."""


_EMPTY: Mapping[str, Any] = {}
# what a parser of JSON gives; each list of each Pod is asked, so this goes without a step of Python for each item
_OBJECT, _TEXT = frozenset({dict}), frozenset({str})


def object_in(parent: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """A member that is an object, or None where it is absent."""
    value = parent.get(name)
    if value is not None and not isinstance(value, dict):
        raise MalformedReview(f"{name} is not an object")
    return value


def mapping_in(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A member that is an object, empty where it is absent."""
    return object_in(parent, name) or _EMPTY


def objects_in(parent: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """The objects of a member that is a list of them, none where it is absent."""
    value = parent.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not _OBJECT.issuperset(map(type, value)):
        raise MalformedReview(f"{name} is not a list of objects")
    return value


def texts_in(parent: Mapping[str, Any], name: str) -> Sequence[str]:
    """The strings of a member that is a list of them, none where it is absent."""
    value = parent.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not _TEXT.issuperset(map(type, value)):
        raise MalformedReview(f"{name} is not a list of strings")
    return value


def text_in(parent: Mapping[str, Any], name: str) -> str:
    """A member that is a string, "" where it is absent."""
    value = parent.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedReview(f"{name} is not a string")
    return value


def number_in(parent: Mapping[str, Any], name: str, default: int | None = None) -> int | None:
    """A member that is a whole number, or the default where it is absent."""
    value = parent.get(name)
    if value is None:
        return default
    if type(value) is not int:
        raise MalformedReview(f"{name} is not a whole number")
    return value
