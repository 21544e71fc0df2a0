"""Each right that the controller has is needed."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.controllers import GROUP, NAME, NAMESPACE, RULES, Place, start_over
from tests.support.cluster.rendering import kits, render
from tests.support.waiting import wait_until
from webhook.controller.ca import make_authority
from webhook.controller.rotation import Pace, decide, decide_serving
from webhook.controller.store import Names, read_given, read_stored, write_serving, write_wanted
from webhook.kube.client import Cluster
from webhook.kube.errors import ClusterRefused

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


def test_a_given_authority_needs_no_right_on_the_configuration(certified: Place) -> None:
    """The rights that the chart gives for one are enough to serve, and the webhook configuration is out of reach."""
    start_over(certified)
    chart = render(kits()["given-authority"])
    assert chart.kinds() & {"ClusterRole", "ClusterRoleBinding"} == set()
    role = chart["Role", "omamori-controller"]
    (binding,) = [each for each in RULES if each["kind"] == "RoleBinding"]
    certified.api.kubectl("delete", "clusterrolebinding", "omamori-controller", "--ignore-not-found")
    certified.api.apply(role, binding)
    authority = make_authority(datetime.now(UTC), timedelta(days=3650))
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"{NAME}-ca", "namespace": NAMESPACE}}
    certified.api.apply(
        {
            **secret,
            "type": "kubernetes.io/tls",
            "stringData": {"tls.crt": authority.certificate, "tls.key": authority.key},
        }
    )
    cluster = Cluster(str(certified.api.user("controller-8", group=GROUP)))
    names = Names(NAMESPACE, NAME, NAME, f"{NAME}-ca", f"{NAME}-tls")

    def is_refused() -> bool:
        try:
            cluster.read(f"/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/{NAME}")
        except ClusterRefused as refused:
            return refused.status == 403
        return False

    wait_until(is_refused, 10, "the right is gone")
    for number in range(2):
        given, stored = read_given(cluster, names)
        assert given is not None
        serving = decide_serving(datetime.now(UTC), given, stored.certificates.serving, names.hosts, Pace())
        assert write_serving(cluster, names, stored.serving, serving, given.certificate) is (number == 0)
