"""Write what Pods take as annotations: one for each file or variable, with the containers that get it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from webhook.admission.annotations.qualified_keys import problem_with_key
from webhook.migrate.secrets.uses import Wish, quoted

_NOT_A_NAME = re.compile(r"[^A-Za-z0-9]+")


def write(wishes: Iterable[Wish], taken: Iterable[str], *, is_alone: bool) -> dict[str, str]:
    """Return the annotations of wishes. `taken` are annotations that the Pod has already.

    `is_alone`: the Pod has one container, which gets what does not say which. Otherwise each says it: what a Pod's own
    annotations, or the names of containers, would choose is not what had the Secret.
    """
    containers: dict[tuple[str, str, str, tuple[str, ...]], list[str]] = {}
    for each in wishes:
        containers.setdefault((each.prefix, each.name, each.value, each.options), []).append(each.container)
    found: dict[str, str] = {}
    for (prefix, name, value, options), some in containers.items():
        key = _free(prefix, name, {*taken, *found})
        words = [value]
        if key != f"{prefix}/{name}":
            words.append(f"as={quoted(name)}")
        words += options
        if not is_alone:
            words.append(f"containers={','.join(dict.fromkeys(some))}")
        found[key] = " ".join(words)
    return found


def _free(prefix: str, name: str, taken: set[str]) -> str:
    """Return a key that Kubernetes allows and nobody has: the name's, or one that resembles it."""
    plain = _NOT_A_NAME.sub("-", name).strip("-")[:50] or "file"
    candidates = [name, plain, *(f"{plain}-{number}" for number in range(2, len(taken) + 3))]
    return next(
        key for each in candidates if (key := f"{prefix}/{each}") not in taken and problem_with_key(key) is None
    )
