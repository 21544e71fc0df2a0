"""Tell of Pods whose agent configuration is in a ConfigMap: what they read is in no annotation."""

from __future__ import annotations

from vault.report import Finding
from webhook.doctor.checks.api_server import named
from webhook.doctor.checks.check import Check
from webhook.doctor.snapshot import ClusterSnapshot

CONFIGURATIONS = Check("agent-configurations")


def check_agent_configurations(seen: ClusterSnapshot) -> Finding | None:
    """Name them. None: there are none, or Pods cannot be listed, which is the finding of another check."""
    pods = [each["metadata"] for each in seen.configured.items]
    if not pods:
        return None
    names = named([f"{each['namespace']}/{each['name']}" for each in pods])
    message = (
        f"Pods have an agent configuration in a ConfigMap, so what they read, by which role, is not known: {names}"
    )
    fix = "read the ConfigMap that vault.hashicorp.com/agent-configmap names, and the log of omamori's container"
    return CONFIGURATIONS.note(message, fix)
