"""Compare how long tokens live with what they are for. No I/O.

A lease ends with its token. In mode `init` nobody renews the token, so that its ttl bounds the lease. A sidecar renews
it, up to its max_ttl; that a grant is for sidecars shows by what it may watch. A batch token is never renewed: a
sidecar logs in again, which is no loss as long as nothing is leased; with leases the parser refuses it.
"""

from __future__ import annotations

from collections.abc import Iterator

from vault.policy.files.durations import render_duration
from vault.policy.files.grants import IN_POD_DEADLINE_SECONDS
from vault.policy.files.model import Access, Grant
from vault.policy.sync.state import VaultState


def short_tokens(access: Access, live: VaultState) -> Iterator[tuple[str, bool]]:
    """Find grants whose token ends before its leases, and whether that refuses the plan."""
    for grant in access.grants:
        for each in grant.paths:
            seconds = live.lease_seconds.get(each.path, 0)
            words = _words(grant, seconds)
            if words:
                lasts = f"a lease of {each.path} lasts {render_duration(seconds)}"
                is_new = live.roles.get(grant.role_path, {}).get("token_ttl") != grant.token.ttl_seconds
                yield f"{each.place}: {lasts}, {words}", is_new and not grant.is_watched


def _words(grant: Grant, seconds: int) -> str:
    """Return what is wrong with a lease of so many seconds, or ""."""
    token = grant.token
    ttl, most, lease = map(render_duration, (token.ttl_seconds, token.max_ttl_seconds, seconds))
    if seconds <= token.ttl_seconds:
        return ""
    if not grant.is_watched:
        return f"but ends with its token after {ttl}: raise token.ttl to {lease}, or lower the engine's"
    if 0 < token.max_ttl_seconds < seconds:
        return f"but ends with its token, which a sidecar can renew until {most}: raise token.maxTtl to {lease}"
    return f"and ends with its token after {ttl} in a Pod without a sidecar, which would renew it"


def token_remarks(grant: Grant) -> Iterator[str]:
    """Find service tokens that a sidecar cannot keep."""
    token = grant.token
    if token.kind != "service" or not (grant.is_leased or grant.is_watched):
        return
    ttl = render_duration(token.ttl_seconds)
    if token.max_ttl_seconds == token.ttl_seconds:
        cost = "logs in again" + (", and what is leased ends with the old token" if grant.is_leased else "")
        yield (
            f"{grant.place}: the token cannot be renewed, since its maxTtl is its ttl: every {ttl} a sidecar {cost}; "
            "raise token.maxTtl, or leave it out"
        )
    if token.ttl_seconds < IN_POD_DEADLINE_SECONDS:
        least = render_duration(IN_POD_DEADLINE_SECONDS)
        yield (
            f"{grant.place}: the token ends after {ttl} unless it is renewed, and a Pod may take {least} to start, or "
            f"be without Vault for a while: set token.ttl to {least} or more"
        )
