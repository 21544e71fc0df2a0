"""What a Pod says of cpu, memory and ephemeral storage: texts that nobody has validated yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from webhook.admission.rawjson import mapping_in
from webhook.config.quantity import MAX_CHARACTERS, QuantityInvalid, parse_quantity


def quantities(resources: Mapping[str, Any], kind: str) -> tuple[tuple[str, str], ...]:
    """Return cpu and memory of one kind (limits or requests), as text; "" for what is no quantity."""
    given = mapping_in(resources, kind)
    # what is no quantity is left as "": the API server refuses the Pod for it, with a better reason than ours
    return tuple((name, _quantity(given[name])) for name in ("cpu", "memory") if name in given)


def _quantity(value: object) -> str:
    return str(value)[:MAX_CHARACTERS] if isinstance(value, str | int | float) else ""


def least_storage(containers: Sequence[Mapping[str, Any]], kind: str) -> str:
    """Return the smallest amount of ephemeral storage of one kind; "" where a container has none."""
    found = []
    for each in containers:
        amount = mapping_in(mapping_in(each, "resources"), kind).get("ephemeral-storage")
        if amount is None:
            return ""
        found.append(amount)
    try:
        return str(min(found, key=parse_quantity, default=""))
    except QuantityInvalid:  # one that the API server will refuse
        return ""


def is_guaranteed(containers: list[Mapping[str, Any]]) -> bool:
    """Whether the Pod's quality of service is Guaranteed: limits for cpu and memory, and requests none or equal."""
    for each in containers:
        resources = mapping_in(each, "resources")
        limits, requests = mapping_in(resources, "limits"), mapping_in(resources, "requests")
        for name in ("cpu", "memory"):
            limit = _quantity(limits.get(name))
            if not limit or _quantity(requests.get(name, limit)) != limit:
                return False
    return bool(containers)
