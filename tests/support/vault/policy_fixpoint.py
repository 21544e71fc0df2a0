"""The property that what was applied needs nothing more, whatever the files say; for any server."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.support.vault.access import Ground, actions
from tests.support.vault.policy_exactness import grants

_TOKENS = st.fixed_dictionaries(
    {},
    optional={
        "ttl": st.sampled_from(["5m", "10m", "1h", 900]),
        "maxTtl": st.sampled_from([0, "1h", "30d"]),
        "boundCidrs": st.lists(st.sampled_from(["10.0.0.0/8", "192.168.1.1", "::1/128"]), unique=True),
        "defaultPolicy": st.booleans(),
    },
)
_WORKLOADS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"workload": {"namespace": "shop", "serviceAccount": "a"}},
        {"workload": {"namespace": "shop", "serviceAccount": "b.c"}},
        {"workload": {"namespace": "other", "serviceAccount": "a"}, "role": "some_role"},
        {"workload": {"namespaceLabels": {"team": "shop", "é": "ü"}, "serviceAccount": "a"}, "role": "labelled"},
    ]
)


@st.composite
def files(draw: st.DrawFn, kind: str) -> list[dict[str, Any]]:
    """Draw the grants of a file, each for another workload."""
    found = []
    for workload in draw(st.lists(_WORKLOADS, max_size=4, unique_by=str)):
        if kind == "jwt" and "namespaceLabels" in workload["workload"]:
            continue
        token = {**draw(_TOKENS), "type": draw(st.sampled_from(["batch", "service"]))}
        if token.get("maxTtl"):
            token["ttl"] = "10m"
        audience: Any = draw(st.sampled_from(["vault", "other"]))
        if kind == "jwt":
            audience = draw(st.sampled_from(["vault", ["b", "a"]]))
        found.append({**draw(grants()), **workload, "token": token, "audience": audience})
    return found


def assert_fixpoint(ground: Ground, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    """Apply one file and then another: each time the plan is empty then, and only what the file says is left."""
    for given in (before, after):
        access = ground.access(given)
        outcome = ground.apply(access, prune=True)
        assert outcome.failure is None
        left = ground.plan(access)
        assert actions(left) == [], left.changes
        assert set(ground.server.client.list(f"auth/{ground.auth}/role")) == {grant.role for grant in access.grants}
