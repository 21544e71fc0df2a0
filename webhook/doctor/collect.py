"""How an installation is looked at: it only reads, but for a Pod by dry run; a refusal is kept, not raised."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from webhook.doctor.dry_run import is_unserved, trial_pod
from webhook.doctor.installed_settings import Configured, read_configured
from webhook.doctor.snapshot import Look, Place, Seen, Trial
from webhook.kube.client import Cluster, Object
from webhook.kube.errors import ClusterRefused

_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_MOST_UNSERVED = 1000


@dataclass(frozen=True, slots=True)
class Eye:
    """A cluster that is looked at. Raises ClusterFailed where there is no answer, and never for a refusal."""

    cluster: Cluster
    place: Place

    def at(self, what: str, path: str) -> Look:
        """Look at one object."""
        return self.by(what, lambda: self.cluster.read(path))

    def in_namespace(self, kind: str, path: str, name: str) -> Look:
        """Look at one object of the installation's namespace; `path` is of the API and its resource."""
        group, _, resource = path.rpartition("/")
        namespace = self.place.namespace
        return self.at(f"{kind} {name} in {namespace}", f"{group}/namespaces/{namespace}/{resource}/{name}")

    def all(self, what: str, items: Callable[[], Iterator[Object]]) -> Look:
        """Look at a list."""
        return self.by(what, lambda: {"items": list(items())})

    def by(self, what: str, read: Callable[[], Object | None]) -> Look:
        """Look by any call."""
        try:
            return Look(what, read())
        except ClusterRefused as error:
            return Look(what, refusal=error.words or str(error))


def read_deployment(eye: Eye) -> tuple[Look, Configured | None]:
    """Look at the webhook's Deployment and read its settings; None: it cannot be seen."""
    look = eye.in_namespace("Deployment", "/apis/apps/v1/deployments", eye.place.name)
    return look, None if look.found is None else read_configured(look.found)


def read_seen(eye: Eye, deployment: Look, configured: Configured | None, namespace: str, vault: str) -> Seen:
    """Look at the rest. The Pod by dry run is of a namespace and asks a Vault. Raises ClusterFailed."""
    name, folder = eye.place.name, f"/api/v1/namespaces/{eye.place.namespace}"
    cluster, selector = eye.cluster, _selector(deployment)
    serving = configured.serving.name if configured and configured.serving else f"{name}-tls"
    slices = f"/apis/discovery.k8s.io/v1/namespaces/{eye.place.namespace}/endpointslices"
    budgets = f"/apis/policy/v1/namespaces/{eye.place.namespace}/poddisruptionbudgets"
    of_service = f"kubernetes.io/service-name={name}"
    return Seen(
        place=eye.place,
        now=cluster.now(),
        version=eye.at("version", "/version"),
        deployment=deployment,
        trust=_trust(eye, configured),
        pods=eye.all("Pods of the webhook", lambda: cluster.items(f"{folder}/pods", selector)),
        budgets=eye.all("PodDisruptionBudgets", lambda: cluster.items(budgets)),
        configuration=eye.at(
            f"MutatingWebhookConfiguration {name}", f"{_ADMISSION}/mutatingwebhookconfigurations/{name}"
        ),
        service=eye.in_namespace("Service", "/api/v1/services", name),
        endpoints=eye.all("EndpointSlices of the Service", lambda: cluster.items(slices, of_service)),
        serving=_without_key(eye.in_namespace("Secret", "/api/v1/secrets", serving)),
        controller=eye.in_namespace("Deployment", "/apis/apps/v1/deployments", f"{name}-controller"),
        lease=eye.in_namespace("Lease", "/apis/coordination.k8s.io/v1/leases", f"{name}-controller"),
        nodes=eye.all("nodes", lambda: cluster.items("/api/v1/nodes")),
        policy=eye.at(
            f"ValidatingAdmissionPolicy {name}-backstop", f"{_ADMISSION}/validatingadmissionpolicies/{name}-backstop"
        ),
        binding=eye.at(
            f"ValidatingAdmissionPolicyBinding {name}-backstop",
            f"{_ADMISSION}/validatingadmissionpolicybindings/{name}-backstop",
        ),
        unserved=eye.all("Pods of all namespaces", lambda: _unserved(cluster)),
        trial=Trial(namespace, _tried(eye, namespace, vault)),
    )


def _selector(deployment: Look) -> str:
    labels = ((deployment.found or {}).get("spec") or {}).get("selector", {}).get("matchLabels") or {}
    return ",".join(f"{key}={value}" for key, value in labels.items()) or "app.kubernetes.io/name=omamori"


def _trust(eye: Eye, configured: Configured | None) -> Look:
    """Look at the ConfigMaps of the CAs of Vaults; each is there once."""
    sources = configured.trust.values() if configured else ()
    names = dict.fromkeys(source.name for source in sources if source.kind == "ConfigMap")
    folder = f"/api/v1/namespaces/{eye.place.namespace}/configmaps"

    def read() -> Iterator[Object]:
        for name in names:
            found = eye.cluster.read(f"{folder}/{name}")
            if found is not None:
                yield found

    return eye.all("ConfigMap of the Vaults' CAs", read)


def _without_key(look: Look) -> Look:
    """Keep of the Secret what is no secret."""
    if look.found is None:
        return look
    certificate = (look.found.get("data") or {}).get("tls.crt")
    return Look(look.what, {"metadata": look.found.get("metadata") or {}, "data": {"tls.crt": certificate}})


def _unserved(cluster: Cluster) -> Iterator[Object]:
    """Pods that ask and were not injected, without what else is in them; enough of them."""
    left = _MOST_UNSERVED
    for pod in cluster.items("/api/v1/pods"):
        if left and is_unserved(pod):
            left -= 1
            yield {"metadata": {key: pod["metadata"].get(key) for key in ("namespace", "name")}}


def _tried(eye: Eye, namespace: str, vault: str) -> Look:
    folder = f"/api/v1/namespaces/{namespace}/pods"
    return eye.by(f"Pod in {namespace}, by dry run", lambda: eye.cluster.create(folder, trial_pod(vault), dry_run=True))
