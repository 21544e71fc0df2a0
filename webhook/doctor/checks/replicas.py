"""Check the webhook's replicas: enough are ready, with one image, on different nodes, and with a budget."""

from __future__ import annotations

from collections.abc import Mapping

from vault.report import Finding
from webhook.doctor.checks.check import Check
from webhook.doctor.snapshot import ClusterSnapshot, K8sObject

REPLICAS = Check("replicas")
BUDGET = Check("disruption-budget")
LEAST = 2


def check_replicas(seen: ClusterSnapshot) -> Finding:
    """Check that two replicas are ready, with one image, on two nodes if there are two."""

    def judge(deployment: K8sObject) -> Finding:
        wanted = deployment["spec"].get("replicas", 1)
        ready = (deployment.get("status") or {}).get("readyReplicas") or 0
        if not ready:
            lookup = f"kubectl describe pods -n {seen.place.namespace}; scale it up if it is at 0"
            return REPLICAS.failed(f"no replica of {wanted} is ready: annotated Pods are refused", lookup)
        if wanted < LEAST or ready < LEAST:
            fix = f"kubectl scale deployment/{seen.place.name} -n {seen.place.namespace} --replicas=2 (replicas)"
            if wanted >= LEAST:
                fix = f"to find out why: kubectl describe pods -n {seen.place.namespace}"
            return REPLICAS.warning(f"{ready} of {wanted} replicas ready: the next node drain blocks new Pods", fix)
        return _check_alike(seen) or REPLICAS.ok(f"{ready} of {wanted} replicas are ready")

    return REPLICAS.behind(seen.deployment, "settings", judge)


def _check_alike(seen: ClusterSnapshot) -> Finding | None:
    pods = [each for each in seen.pods.items if not each["metadata"].get("deletionTimestamp")]
    images = {container["image"] for each in pods for container in each["spec"]["containers"]}
    # with a mesh's sidecar, each Pod has two images
    if len({frozenset(container["image"] for container in each["spec"]["containers"]) for each in pods}) > 1:
        fix = f"kubectl rollout status deployment/{seen.place.name} -n {seen.place.namespace}"
        return REPLICAS.warning(f"the replicas are of different images: {', '.join(sorted(images))}", fix)
    nodes = {each["spec"].get("nodeName") for each in pods}
    if len(nodes) == 1 and len(pods) > 1 and sum(map(_is_usable, seen.nodes.items)) > 1:
        fix = "delete one of them, and see taints, nodeSelector and affinity in the chart's values"
        return REPLICAS.warning(f"all replicas are on the node {nodes.pop()}, although there are several", fix)
    return None


def _is_usable(node: K8sObject) -> bool:
    ready = any(
        each.get("type") == "Ready" and each.get("status") == "True"
        for each in (node.get("status") or {}).get("conditions") or ()
    )
    return ready and not (node.get("spec") or {}).get("unschedulable")


def check_budget(seen: ClusterSnapshot) -> Finding:
    """Check that a PodDisruptionBudget prevents a drain of all replicas at once."""

    def judge(deployment: K8sObject) -> Finding:
        labels = deployment["spec"]["template"].get("metadata", {}).get("labels") or {}
        return BUDGET.of(seen.budgets, "", lambda _: judge_budgets(labels))

    def judge_budgets(labels: Mapping[str, str]) -> Finding:
        for budget in seen.budgets.items:
            wanted = (budget["spec"].get("selector") or {}).get("matchLabels") or {}
            if wanted and wanted.items() <= labels.items():
                return BUDGET.ok(f"the PodDisruptionBudget {budget['metadata']['name']} holds the replicas")
        return BUDGET.warning(
            "no PodDisruptionBudget selects the webhook's Pods: a drain may stop all of them at once",
            "set podDisruptionBudget.enabled=true",
        )

    return BUDGET.behind(seen.deployment, "settings", judge)
