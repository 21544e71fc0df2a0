"""Collect facts about an installation: read-only, except for a dry-run Pod. A refusal is recorded, not raised."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from webhook.doctor.dry_run import has_agent_configuration, is_unserved, trial_pod
from webhook.doctor.installed_settings import Configured, read_configured
from webhook.doctor.snapshot import ClusterSnapshot, DryRun, Lookup, Place
from webhook.kube.client import Cluster, Object
from webhook.kube.errors import ClusterRefused

_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_MOST_PODS = 1000  # of each kind


@dataclass(frozen=True, slots=True)
class ClusterReader:
    """Reads a cluster. Raises ClusterFailed if there is no answer, but never for a refusal."""

    cluster: Cluster
    place: Place

    def at(self, what: str, path: str) -> Lookup:
        """Look up one object."""
        return self.by(what, lambda: self.cluster.read(path))

    def in_namespace(self, kind: str, path: str, name: str) -> Lookup:
        """Look up one object of the installation's namespace; `path` is the API and the resource."""
        group, _, resource = path.rpartition("/")
        namespace = self.place.namespace
        return self.at(f"{kind} {name} in {namespace}", f"{group}/namespaces/{namespace}/{resource}/{name}")

    def all(self, what: str, items: Callable[[], Iterator[Object]]) -> Lookup:
        """Look up a list."""
        return self.by(what, lambda: {"items": list(items())})

    def by(self, what: str, read: Callable[[], Object | None]) -> Lookup:
        """Look up with any call."""
        try:
            return Lookup(what, read())
        except ClusterRefused as error:
            return Lookup(what, refusal=error.words or str(error))


def read_deployment(reader: ClusterReader) -> tuple[Lookup, Configured | None]:
    """Look up the webhook's Deployment and read its settings. None: the Deployment cannot be read."""
    lookup = reader.in_namespace("Deployment", "/apis/apps/v1/deployments", reader.place.name)
    return lookup, None if lookup.found is None else read_configured(lookup.found)


def read_cluster(
    reader: ClusterReader, deployment: Lookup, configured: Configured | None, namespace: str, vault: str
) -> ClusterSnapshot:
    """Look up the rest, and create a Pod by dry run, in a namespace and for a Vault. Raises ClusterFailed."""
    name, folder = reader.place.name, f"/api/v1/namespaces/{reader.place.namespace}"
    cluster, selector = reader.cluster, _selector(deployment)
    serving = configured.serving.name if configured and configured.serving else f"{name}-tls"
    slices = f"/apis/discovery.k8s.io/v1/namespaces/{reader.place.namespace}/endpointslices"
    budgets = f"/apis/policy/v1/namespaces/{reader.place.namespace}/poddisruptionbudgets"
    of_service = f"kubernetes.io/service-name={name}"
    all_pods = reader.by("Pods of all namespaces", lambda: _read_pods(cluster, configured))
    return ClusterSnapshot(
        place=reader.place,
        now=cluster.now(),
        version=reader.at("version", "/version"),
        deployment=deployment,
        trust=_trust(reader, configured),
        pods=reader.all("Pods of the webhook", lambda: cluster.items(f"{folder}/pods", selector)),
        budgets=reader.all("PodDisruptionBudgets", lambda: cluster.items(budgets)),
        configuration=reader.at(
            f"MutatingWebhookConfiguration {name}", f"{_ADMISSION}/mutatingwebhookconfigurations/{name}"
        ),
        service=reader.in_namespace("Service", "/api/v1/services", name),
        endpoints=reader.all("EndpointSlices of the Service", lambda: cluster.items(slices, of_service)),
        serving=_without_key(reader.in_namespace("Secret", "/api/v1/secrets", serving)),
        controller=reader.in_namespace("Deployment", "/apis/apps/v1/deployments", f"{name}-controller"),
        lease=reader.in_namespace("Lease", "/apis/coordination.k8s.io/v1/leases", f"{name}-controller"),
        nodes=reader.all("nodes", lambda: cluster.items("/api/v1/nodes")),
        policy=reader.at(
            f"ValidatingAdmissionPolicy {name}-backstop", f"{_ADMISSION}/validatingadmissionpolicies/{name}-backstop"
        ),
        binding=reader.at(
            f"ValidatingAdmissionPolicyBinding {name}-backstop",
            f"{_ADMISSION}/validatingadmissionpolicybindings/{name}-backstop",
        ),
        unserved=_only(all_pods, "unserved"),
        configured=_only(all_pods, "configured"),
        trial=DryRun(namespace, _tried(reader, namespace, vault)),
    )


def _selector(deployment: Lookup) -> str:
    labels = ((deployment.found or {}).get("spec") or {}).get("selector", {}).get("matchLabels") or {}
    return ",".join(f"{key}={value}" for key, value in labels.items()) or "app.kubernetes.io/name=omamori"


def _trust(reader: ClusterReader, configured: Configured | None) -> Lookup:
    """Look up the ConfigMaps of the Vaults' CAs, each once."""
    sources = configured.trust.values() if configured else ()
    names = dict.fromkeys(source.name for source in sources if source.kind == "ConfigMap")
    folder = f"/api/v1/namespaces/{reader.place.namespace}/configmaps"

    def read() -> Iterator[Object]:
        for name in names:
            found = reader.cluster.read(f"{folder}/{name}")
            if found is not None:
                yield found

    return reader.all("ConfigMap of the Vaults' CAs", read)


def _without_key(lookup: Lookup) -> Lookup:
    """Keep only the public part of the Secret."""
    if lookup.found is None:
        return lookup
    certificate = (lookup.found.get("data") or {}).get("tls.crt")
    return Lookup(lookup.what, {"metadata": lookup.found.get("metadata") or {}, "data": {"tls.crt": certificate}})


def _read_pods(cluster: Cluster, configured: Configured | None) -> Object:
    """Return bounded lists of the Pods that checks are about, reduced to what is needed."""
    unserved: list[Object] = []
    with_configuration: list[Object] = []
    for pod in cluster.items("/api/v1/pods"):
        named = {"metadata": {key: pod["metadata"].get(key) for key in ("namespace", "name")}}
        if is_unserved(pod, configured.settings if configured else None):
            unserved += [named] * (len(unserved) < _MOST_PODS)
        elif has_agent_configuration(pod):
            with_configuration += [named] * (len(with_configuration) < _MOST_PODS)
    return {"unserved": unserved, "configured": with_configuration}


def _only(pods: Lookup, kind: str) -> Lookup:
    """Return one of the lists."""
    return pods if pods.found is None else Lookup(pods.what, {"items": pods.found[kind]})


def _tried(reader: ClusterReader, namespace: str, vault: str) -> Lookup:
    folder = f"/api/v1/namespaces/{namespace}/pods"
    return reader.by(
        f"Pod in {namespace}, by dry run", lambda: reader.cluster.create(folder, trial_pod(vault), dry_run=True)
    )
