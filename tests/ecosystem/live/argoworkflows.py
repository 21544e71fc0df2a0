"""Argo Workflows' controller on the suites' cluster, and what came of a Workflow."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.ecosystem.live.kinds import install_kinds
from tests.ecosystem.live.programs import program_image
from tests.realparts.parts import part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.ecosystem.live.shop import Shop
    from tests.install.installed import Installed

LOG = "argo-workflows"
EXECUTOR = "localhost/argoexec:test"
# what a namespace of Pod Security *restricted* asks of Argo's own containers
SECURITY = """
securityContext:
  runAsNonRoot: true
  allowPrivilegeEscalation: false
  capabilities: {drop: [ALL]}
  seccompProfile: {type: RuntimeDefault}
"""

EXECUTORS = [
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "executor"},
        "rules": [{"apiGroups": ["argoproj.io"], "resources": ["workflowtaskresults"], "verbs": ["create", "patch"]}],
    },
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "executor"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "executor"},
        "subjects": [{"kind": "Group", "name": "system:serviceaccounts"}],
    },
]


@contextlib.contextmanager
def workflow_controller(inside: Installed, folder: Path) -> Iterator[None]:
    """Run the controller; the Pods of every namespace may report to it. The folder is a new one."""
    workflows = part("argo-workflows")
    install_kinds(inside.nodes, "argo-workflows")
    inside.nodes.import_image(program_image(workflows / "bin/argoexec", EXECUTOR, 8737, folder))
    configured = {"metadata": {"name": "workflow-controller-configmap", "namespace": "default"}}
    data = {"data": {"executor": SECURITY}}
    inside.nodes.apply({"apiVersion": "v1", "kind": "ConfigMap", **configured, **data}, *EXECUTORS)
    command: list[str | Path] = [
        workflows / "bin/workflow-controller",
        f"--kubeconfig={inside.nodes.kubeconfig}",
        "--namespace=default",
        f"--executor-image={EXECUTOR}",
        "--executor-image-pull-policy=Never",
    ]
    with inside.box.running(LOG, command, {"LEADER_ELECTION_DISABLE": "true"}):
        yield


def run(shop: Shop, workflow: Mapping[str, Any]) -> dict[str, Any]:
    """Create a Workflow, wait until it has ended, and give it."""
    return ended(shop, shop.inside.nodes.create(workflow), workflow["metadata"]["namespace"])


def ended(shop: Shop, name: str, namespace: str) -> dict[str, Any]:
    """Wait until a Workflow has ended, and give it."""

    def found() -> dict[str, Any] | None:
        workflow: dict[str, Any] = shop.inside.nodes.get("workflow", name, "-n", namespace)
        return workflow if workflow.get("status", {}).get("finishedAt") else None

    workflow: dict[str, Any] = shop.wait(found, f"the Workflow {name} has ended")
    return workflow


def phases(workflow: Mapping[str, Any]) -> dict[str, str]:
    """Give the phase of each node that is a Pod, by its name without the Workflow's."""
    nodes = workflow["status"]["nodes"].values()
    return {each["displayName"]: each["phase"] for each in nodes if each["type"] == "Pod"}


def pods_of(shop: Shop, workflow: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the Pods of a Workflow, by the name of their template."""
    selector = f"workflows.argoproj.io/workflow={workflow['metadata']['name']}"
    found = shop.inside.nodes.get("pods", "-n", workflow["metadata"]["namespace"], "-l", selector)["items"]
    nodes = {
        each["id"]: each["templateName"] for each in workflow["status"]["nodes"].values() if "templateName" in each
    }
    return {nodes[each["metadata"]["annotations"]["workflows.argoproj.io/node-id"]]: each for each in found}
