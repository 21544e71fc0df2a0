"""The marks by which omamori knows what it owns: the first line of a policy, the description of a mount.

A role has none: it is ours if all of its policies are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARK = re.compile(r"# omamori: owner ([a-z0-9-]+), role (auth(?:/[\w.-]+)+/role/[\w.-]+)\n", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mark:
    """The owner of a policy, and the API path of the role that it was made for."""

    owner: str
    role_path: str


def parse_mark(text: str) -> Mark | None:
    """Parse the mark of a policy. None: omamori does not manage the policy."""
    found = _MARK.match(text)
    if found is not None and {".", ".."} & set(found[2].split("/")):
        return None
    return None if found is None else Mark(owner=found[1], role_path=found[2])


def description(owner: str) -> str:
    """Return the description that marks a mount as managed by an owner."""
    return f"omamori: owner {owner}"
