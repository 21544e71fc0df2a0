"""Containers that other tools add to a Pod: no author means them, so they get no secrets unless they are named.

A container that an author writes down, such as cloud-sql-proxy, is the author's own, whatever its name. Where a name is
one that authors use too, the label that its tool puts on the Pod has to be there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tool:
    """A container that a tool adds: its name (with `is_prefix`, how it begins), and the Pod's label, "" for any Pod."""

    name: str
    label: str
    source: str
    is_prefix: bool = False


TOOLS = (
    Tool("istio-proxy", "", "Istio, sidecar injection template"),
    Tool("linkerd-proxy", "", "Linkerd, proxy injector"),
    Tool("kuma-sidecar", "", "Kuma and Kong Mesh, KumaSidecarContainerName"),
    Tool("consul-dataplane", "", "Consul on Kubernetes, connect injector"),
    Tool("consul-connect-envoy-sidecar", "", "Consul on Kubernetes before 1.0"),
    Tool("envoy", "osm-proxy-uuid", "Open Service Mesh, injector"),
    Tool("daprd", "", "Dapr, sidecar injector"),
    Tool("vault-agent", "", "Vault Agent Injector"),
    Tool("wait", "workflows.argoproj.io/workflow", "Argo Workflows, workflow/common"),
    Tool("supervisor", "workflows.argoproj.io/workflow", "Argo Workflows, workflow/common"),
    Tool("queue-proxy", "serving.knative.dev/revision", "Knative Serving, QueueContainerName"),
    Tool("agent", "serving.kserve.io/inferenceservice", "KServe, AgentContainerName"),
    Tool("sidecar-", "tekton.dev/taskRun", "Tekton Pipelines, prefix of a Task's sidecars", is_prefix=True),
    Tool("airflow-xcom-sidecar", "", "Apache Airflow, KubernetesPodOperator"),
    Tool("otc-container", "", "OpenTelemetry operator, sidecar mode"),
    Tool("jaeger-agent", "", "Jaeger operator, agent injection"),
    Tool("gke-gcsfuse-sidecar", "", "Cloud Storage FUSE CSI driver for GKE"),
    Tool("azwi-proxy", "", "Azure Workload Identity, proxy sidecar"),
    Tool("datadog-agent-injected", "", "Datadog Cluster Agent, agent sidecar on Fargate"),
)
MESH_PROXIES = frozenset({"istio-proxy", "linkerd-proxy"})
_BY_NAME = {tool.name: tool for tool in TOOLS if not tool.is_prefix}
_PREFIXED = tuple(tool for tool in TOOLS if tool.is_prefix)
_PREFIXES = tuple(tool.name for tool in _PREFIXED)


def is_tool(name: str, labels: Mapping[str, object], more: Collection[str] = ()) -> bool:
    """Whether a tool added this container. `more` are names that the administrator's settings list."""
    if name in more:
        return True
    tool = _BY_NAME.get(name)
    if tool is not None and (not tool.label or tool.label in labels):
        return True
    return name.startswith(_PREFIXES) and any(name.startswith(each.name) and each.label in labels for each in _PREFIXED)
