"""One login and one admission for each Pod: neither more, nor for anybody else."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.workloads import NAMESPACE, STRICT, WORKLOADS, settled
from tests.support.cluster.installation import CONFIGURATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]


def logins(installation: Installation) -> Iterator[dict[str, Any]]:
    """Every login that Vault's audit log knows of, with the answer."""
    for line in installation.vault.audit_log.read_text().splitlines():
        entry = json.loads(line)
        if entry["type"] == "response" and entry["request"]["path"] == "auth/kubernetes/login":
            yield entry


def test_one_login_a_pod(workloads: Installation) -> None:
    """Vault's audit log shows exactly one login for each Pod, by its own ServiceAccount, with its own role."""
    pods = settled(workloads)
    expected = Counter((each["metadata"]["namespace"], each["spec"]["serviceAccountName"]) for each in pods)
    found: Counter[tuple[str, str]] = Counter()
    for entry in logins(workloads):
        who = entry.get("auth", {}).get("metadata", {})
        identity = (who.get("service_account_namespace", ""), who.get("service_account_name", ""))
        if identity in expected:
            assert who["role"] == ".".join(identity)
            assert entry["auth"]["token_type"] == "batch"
            found[identity] += 1
    assert found == expected
    assert expected[NAMESPACE, "deployment"] == 2


def test_one_admission_a_pod(workloads: Installation) -> None:
    """The webhook decided exactly once on each Pod that the API server made, and patched it."""
    pods = settled(workloads)
    names = {each.name for each in WORKLOADS}
    decided: Counter[tuple[str, str]] = Counter()
    for line in workloads.webhook.decisions(dry_run=False):
        if line["namespace"] in {NAMESPACE, STRICT}:
            decided[line["namespace"], app_of(line["name"], names)] += 1
    made = Counter((each["metadata"]["namespace"], each["metadata"]["labels"]["app"]) for each in pods)
    assert {pair: decided[pair] for pair in made} == made
    uids = [line["uid"] for line in workloads.webhook.decisions()]
    assert len(uids) == len(set(uids))
    assert {line["outcome"] for line in workloads.webhook.decisions(namespace=STRICT)} == {"patched"}


def app_of(name: str, apps: set[str]) -> str:
    """Which workload a Pod's name, or what it is generated from, belongs to; "" for none of them."""
    return next((each for each in apps if name == each or name.startswith(f"{each}-")), "")


def test_admissions_as_the_api_server_counts(workloads: Installation) -> None:
    """The API server's own count of calls to the webhook is the webhook's count of decisions, without one error."""
    settled(workloads)
    name = f'name="{CONFIGURATION}.omamori.dev"'
    lines = workloads.nodes.kubectl("get", "--raw", "/metrics").splitlines()
    calls = [line for line in lines if line.startswith("apiserver_admission_webhook_request_total{") and name in line]
    answered = [line for line in calls if 'rejected="false"' in line]
    assert answered
    assert all('code="200"' in line for line in answered)
    counted = sum(float(line.rpartition(" ")[2]) for line in calls)
    assert counted == workloads.webhook.metric("omamori_decisions_total{") == len(workloads.webhook.decisions())
    assert counted >= sum(each.replicas for each in WORKLOADS)
