"""Make the dry-run Pod, and recognise injected Pods, with the webhook's own code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webhook.admission.annotations.dialects import OURS, Dialect, dialects_of
from webhook.admission.annotations.parse import DOMAIN, FILE_PREFIX
from webhook.admission.pod.names import CONFIG_VOLUME
from webhook.admission.pod.ownership import is_our_container
from webhook.admission.problems import Rejected
from webhook.config.settings import Settings

_OVER = {"Succeeded", "Failed"}
_MIRROR = "kubernetes.io/config.mirror"


def trial_pod(vault: str) -> dict[str, Any]:
    """Make a Pod that asks a Vault ("": the default one) for a secret and satisfies Pod Security *restricted*."""
    annotations = {f"{FILE_PREFIX}/doctor": "secret/data/omamori-doctor"}
    if vault:
        annotations[f"{DOMAIN}/vault"] = vault
    confined = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    resources = {"requests": {"cpu": "1m", "memory": "1Mi"}, "limits": {"cpu": "1m", "memory": "1Mi"}}
    container = {"name": "app", "image": "none", "securityContext": confined, "resources": resources}
    nobody = {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "omamori-doctor", "annotations": annotations},
        "spec": {"securityContext": nobody, "containers": [container]},
    }


def is_injected(pod: Mapping[str, Any]) -> bool:
    """Whether a Pod has our container."""
    return any(map(is_our_container, pod["spec"].get("initContainers") or ()))


def has_agent_configuration(pod: Mapping[str, Any]) -> bool:
    """Whether our container takes an agent configuration from a ConfigMap, in a Pod that has not finished."""
    over = (pod.get("status") or {}).get("phase") in _OVER
    volumes = pod["spec"].get("volumes") or ()
    return not over and is_injected(pod) and any(each["name"] == CONFIG_VOLUME for each in volumes)


def is_unserved(pod: Mapping[str, Any], settings: Settings | None = None) -> bool:
    """Whether a Pod that has not finished asks for secrets and was not injected, by us or by another tool.

    `settings` say in which dialects Pods ask; None: in our own.
    """
    over = (pod.get("status") or {}).get("phase") in _OVER
    if over or _MIRROR in (pod["metadata"].get("annotations") or {}) or is_injected(pod):
        return False
    dialects = dialects_of(settings, pod["metadata"].get("namespace", "")) if settings else (OURS,)
    return any(_asks(pod, dialect) for dialect in dialects)


def _asks(pod: Mapping[str, Any], dialect: Dialect) -> bool:
    containers = (*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"])
    if any(each["name"] in dialect.injected_by for each in containers):
        return False
    try:
        # as it was when it was created
        spec = dialect.parse({**pod, "status": {}}, pod["metadata"].get("namespace", ""), None)
    except Rejected:
        return True  # the webhook would have refused it
    return spec is not None and spec.asks
