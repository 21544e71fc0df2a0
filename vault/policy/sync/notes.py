"""What a plan says besides its changes: logins that cannot work, rules that give much, open ends. No I/O."""

from __future__ import annotations

from collections.abc import Iterator

from vault.contract.shown import shown
from vault.policy.files.model import Access, Grant
from vault.policy.files.powers import never_matches, power_of
from vault.policy.sync.lifetimes import token_remarks
from vault.policy.sync.state import VaultState


def unable(access: Access, live: VaultState) -> Iterator[str]:
    """Find auth methods that are configured elsewhere in a way that refuses every login."""
    for auth in access.auths.values():
        if auth.config is not None:
            continue
        config = live.configs.get(f"auth/{auth.path}/config")
        if config is None:
            yield f"{auth.place}: auth/{auth.path} has no config, so every login is refused; write one here or in Vault"
        elif config.get("disable_local_ca_jwt") and not config.get("token_reviewer_jwt_set"):
            what = (
                "has no token for TokenReview and may not use Vault's own, so every login with an audience is refused"
            )
            yield f"{auth.place}: auth/{auth.path} {what}; give it a reviewer"


def remarks(access: Access) -> Iterator[str]:
    """Find what the files alone leave open."""
    for grant in access.grants:
        if not grant.audiences:
            yield f"{grant.place}: {grant.role_path} takes tokens for any audience; name one"
        yield from _powers(grant)
        yield from token_remarks(grant)
        for rule in grant.raw_rules:
            why = never_matches(rule.path, access.mounts)
            if why:
                yield f"{rule.place}: rawPolicy: the path {shown(rule.path)} {why}"
    labelled = [grant for grant in access.grants if grant.workload.namespace is None]
    if labelled:
        yield _rbac_note(labelled[0])
    without = sorted({grant.owner for grant in access.grants} - access.locks.keys())
    if without:
        whose = f" for {', '.join(without)}" if len(access.owners) > 1 else ""
        yield f"no lock is configured{whose}: two applies at once may interfere; write lock: MOUNT/data/NAME"


def _powers(grant: Grant) -> Iterator[str]:
    """Find the rules of a grant that give more than they say."""
    given = [(rule.place, rule.path, rule.capabilities) for rule in grant.raw_rules]
    given += [(each.place, each.path, tuple(map(str, each.operations))) for each in grant.paths]
    for place, path, capabilities in given:
        power = power_of(path, capabilities)
        if power:
            yield f"{place}: warning: {grant.workload}, by the path {shown(path)}, {power}"


def _rbac_note(grant: Grant) -> str:
    return (
        f"{grant.place}: for namespaceLabels the reviewer of auth/{grant.auth.path} must be allowed to read "
        "namespaces; "
        "`omamori policy render -o rbac` prints the ClusterRole"
    )
