"""Render the policy of a grant: only what the grant names, in a stable order.

The first line is the mark of a managed policy: its owner, and the role it was made for. Besides its paths, a policy
allows what the program in the Pod does with its own token: it revokes a service token and (as a sidecar) renews the
token and its leases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vault.policy.desired.hcl import PathRule, render_rules
from vault.policy.desired.match import best_rule
from vault.policy.files.engines import metadata_path
from vault.policy.files.model import Grant

_ORDER = ("create", "read", "update", "patch", "delete", "list")
RAW_NOTE = "# From rawPolicy.\n"
_NOTE = "# Made from access files; what is changed here is undone by the next apply.\n"


def rules(grant: Grant) -> tuple[PathRule, ...]:
    """Return the sorted path rules, without `rawPolicy` and without the rules for the token itself."""
    said: dict[str, set[str]] = {
        each.path: {str(word) for word in each.operations if word != "watch"} for each in grant.paths
    }
    said_rules = [PathRule(path, tuple(operations)) for path, operations in said.items()]
    watched = (metadata_path(each.path, each.mount.path) for each in grant.paths if "watch" in each.operations)
    for path in filter(None, watched):
        # the new rule overrides a broader one at this path
        hidden = best_rule(said_rules, path)
        said.setdefault(path, set(hidden.capabilities if hidden else ())).add("read")
    return tuple(PathRule(path, _sorted(found)) for path, found in sorted(said.items()) if found)


def own_paths(*, is_leased: bool) -> tuple[str, ...]:
    """Return the paths by which the program in the Pod renews and revokes its service token, and renews leases."""
    paths = ("auth/token/renew-self", "auth/token/revoke-self")
    return (*paths, "sys/leases/renew") if is_leased else paths


def own_rules(grant: Grant) -> tuple[PathRule, ...]:
    """Return the rules for the Pod program's own token and leases; none for a batch token, which supports neither."""
    paths = own_paths(is_leased=grant.is_leased) if grant.token.kind == "service" else ()
    return tuple(PathRule(path, ("update",)) for path in paths)


def render_policy(grant: Grant) -> str:
    """Render the policy. Equal grants give identical bytes."""
    return "\n".join(_parts(grant))


def _parts(grant: Grant) -> Iterator[str]:
    yield f"# omamori: owner {grant.owner}, role {grant.role_path}\n{_NOTE}"
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
