"""Each right that the controller has is needed."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.controllers import GROUP, NAME, NAMESPACE, RULES, Place, start_over
from tests.realparts.waiting import wait_until
from webhook.certificates.rotation import Pace, decide
from webhook.certificates.store import Names, read_stored, write_wanted
from webhook.cluster import Cluster
from webhook.errors import ClusterRefused

pytestmark = pytest.mark.real

VERBS = [
    (role, rule, verb)
    for role, item in enumerate(RULES)
    for rule, found in enumerate(item.get("rules", ()))
    for verb in found["verbs"]
]


@pytest.mark.parametrize(("role", "rule", "verb"), VERBS)
def test_each_right_is_needed(certified: Place, role: int, rule: int, verb: str) -> None:
    """Without any verb of any rule the controller cannot do its work from nothing to a rotation; with all it can."""
    assert work_of_a_controller(certified, RULES)
    without = copy.deepcopy(RULES)
    verbs = without[role]["rules"][rule]["verbs"]
    verbs[verbs.index(verb)] = "watch"  # of no use here, but a rule cannot be without any
    assert not work_of_a_controller(certified, without)


def work_of_a_controller(place: Place, rules: list[dict[str, Any]]) -> bool:
    """Be elected and elected again, make everything, and make it anew."""
    start_over(place)
    place.api.apply(*rules)
    cluster = Cluster(str(place.api.user("controller-9", group=GROUP)))
    names = Names(NAMESPACE, NAME, NAME, f"{NAME}-ca", f"{NAME}-tls")
    later = datetime.now(UTC) + timedelta(days=250)

    def may() -> bool:
        for name in ("get", "update"):  # rights come to the authorizer a moment late
            allowed = place.api.kubectl(
                *(
                    "auth",
                    "can-i",
                    name,
                    f"secrets/{NAME}-ca",
                    "-n",
                    NAMESPACE,
                    "--as=x",
                    f"--as-group={GROUP}",
                ),
                check=False,
            )
            wanted = name in rules[0]["rules"][1]["verbs"]
            if allowed.startswith("yes") is not wanted:
                return False
        return True

    wait_until(may, 10, "the rights are known")
    try:
        for now in (datetime.now(UTC), later):
            stored = read_stored(cluster, names)
            write_wanted(cluster, names, stored, decide(now, stored.certificates, names.hosts, Pace()))
        for _ in range(2):
            lease = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
            found = cluster.read(f"{lease}/{NAME}-controller")
            body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": f"{NAME}-controller"}}
            if found is None:
                cluster.create(lease, body)
            else:
                cluster.replace(f"{lease}/{NAME}-controller", found)
    except ClusterRefused as refused:
        assert refused.status == 403, refused
        return False
    return True
