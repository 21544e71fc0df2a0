"""A grant to the text of its policy: what it names and no more, in an order that does not change.

The first line is the mark by which a policy is known as ours: its owner, and the role it was made for. Beside its paths
a policy has what the program in the Pod does with its own token: a service token is revoked and (by a sidecar) renewed,
and so are leases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vault.policy.desired.hcl import PathRule, render_rules
from vault.policy.desired.match import best_rule
from vault.policy.files.engines import metadata_path
from vault.policy.files.model import Grant

_MARK = re.compile(r"# omamori: owner ([a-z0-9-]+), role (auth(?:/[\w.-]+)+/role/[\w.-]+)\n", re.ASCII)
_ORDER = ("create", "read", "update", "patch", "delete", "list")
RAW_NOTE = "# From rawPolicy.\n"
_NOTE = "# Made from access files; what is changed here is undone by the next apply.\n"


@dataclass(frozen=True, slots=True)
class Mark:
    """Whose a policy is, and the API path of the role that it was made for."""

    owner: str
    role_path: str


def parse_mark(text: str) -> Mark | None:
    """Read the mark of a policy's text; None: it is not ours, whatever it says of itself."""
    found = _MARK.match(text)
    if found is not None and {".", ".."} & set(found[2].split("/")):
        return None
    return None if found is None else Mark(owner=found[1], role_path=found[2])


def rules(grant: Grant) -> tuple[PathRule, ...]:
    """Return the policy's paths, sorted, without `rawPolicy` and without what goes for the token itself."""
    said: dict[str, set[str]] = {
        each.path: {str(word) for word in each.operations if word != "watch"} for each in grant.paths
    }
    said_rules = [PathRule(path, tuple(operations)) for path, operations in said.items()]
    watched = (metadata_path(each.path, each.mount.path) for each in grant.paths if "watch" in each.operations)
    for path in filter(None, watched):
        # the new rule hides a broader one, which then allows nothing here any more
        hidden = best_rule(said_rules, path)
        said.setdefault(path, set(hidden.capabilities if hidden else ())).add("read")
    return tuple(PathRule(path, _sorted(found)) for path, found in sorted(said.items()) if found)


def own_paths(*, is_leased: bool) -> tuple[str, ...]:
    """The paths by which the program in the Pod keeps and ends its service token, and renews what is leased."""
    paths = ("auth/token/renew-self", "auth/token/revoke-self")
    return (*paths, "sys/leases/renew") if is_leased else paths


def own_rules(grant: Grant) -> tuple[PathRule, ...]:
    """Return what the program in the Pod does with its token and its leases; nothing can be done with a batch token."""
    paths = own_paths(is_leased=grant.is_leased) if grant.token.kind == "service" else ()
    return tuple(PathRule(path, ("update",)) for path in paths)


def render_policy(grant: Grant, owner: str) -> str:
    """Return the text of the policy; the same for the same grant, byte for byte."""
    return "\n".join(_parts(grant, owner))


def _parts(grant: Grant, owner: str) -> Iterator[str]:
    yield f"# omamori: owner {owner}, role {grant.role_path}\n{_NOTE}"
    yield from render_rules(rules(grant))
    own = own_rules(grant)
    if own:
        yield "# The program in the Pod: its own token" + (
            ", and what is leased with it.\n" if grant.is_leased else ".\n"
        )
        yield from render_rules(own)
    if grant.raw_policy:
        yield f"{RAW_NOTE}{grant.raw_policy.rstrip()}\n"


def _sorted(capabilities: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(capabilities, key=_ORDER.index))
