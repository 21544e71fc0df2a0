"""Convert a manifest to the Pod that its controller would create, and to the review that the API server sends."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from vault.contract.names import PLAN_VARIABLE
from webhook.admission.annotations.dialects import DIALECTS
from webhook.demo.stop import DemoStopped
from webhook.workloads.annotated import stray_lines
from webhook.workloads.manifest import ManifestInvalid, parse_manifests
from webhook.workloads.registry import find_pods


@dataclass(frozen=True, slots=True)
class ManifestPod:
    """A Pod as raw JSON, its namespace, and what makes it: `Deployment shop/checkout`."""

    raw: Mapping[str, Any]
    namespace: str
    made_by: str

    @property
    def service_account(self) -> str:
        """The Pod's ServiceAccount."""
        return str(self.raw["spec"].get("serviceAccountName") or "default")


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """The Pods of a file, one at least, and warnings about annotations that reach no Pod."""

    pods: tuple[ManifestPod, ...]
    strays: tuple[str, ...]


def read_file(file: Path) -> ManifestFile:
    """Read the Pods of a file's objects, of all known kinds. Raises DemoStopped."""
    try:
        manifests = parse_manifests(str(file), file.read_text(encoding="utf-8"))
        found = [(manifest, find_pods(manifest)) for manifest in manifests]
        strays = tuple(line for manifest, pods in found for line in stray_lines(manifest, pods, DIALECTS))
        pods = tuple(ManifestPod(pod.pod, pod.namespace, str(manifest)) for manifest, each in found for pod in each)
    except (OSError, UnicodeDecodeError, ManifestInvalid) as error:
        raise DemoStopped(f"{file} cannot be read: {error}", hint="give a manifest in YAML with --pod") from None
    if not pods:
        hint = "; ".join(strays) or "give a Pod, or a Deployment, Job or other kind that makes Pods"
        raise DemoStopped(f"{file} has no Pod", hint=hint)
    return ManifestFile(pods, strays)


def review(pod: ManifestPod) -> bytes:
    """Render the AdmissionReview of the Pod's creation."""
    kind = {"group": "", "version": "v1", "kind": "Pod"}
    resource = {"group": "", "version": "v1", "resource": "pods"}
    request = {
        "uid": str(uuid.uuid4()),
        "kind": kind,
        "resource": resource,
        "requestKind": kind,
        "requestResource": resource,
        "operation": "CREATE",
        "namespace": pod.namespace,
        "userInfo": {"username": "system:serviceaccount:kube-system:replicaset-controller"},
        "object": pod.raw,
        "oldObject": None,
        "dryRun": False,
        "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
    }
    document = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
    return json.dumps(document).encode()


def render(pod: Mapping[str, Any]) -> str:
    """Render a Pod as YAML for people, with the Plan's JSON string expanded."""
    yaml = YAML()
    yaml.width = 110
    text = io.StringIO()
    yaml.dump(json.loads(json.dumps(pod), object_hook=_plan_opened), text)
    return text.getvalue()


def _plan_opened(value: dict[str, Any]) -> dict[str, Any]:
    if value.get("name") == PLAN_VARIABLE:
        return {"name": PLAN_VARIABLE, "value (JSON, opened here)": json.loads(value["value"], object_hook=_ca_folded)}
    return value


def _ca_folded(value: dict[str, Any]) -> dict[str, Any]:
    return {**value, "ca_pem": f"(a CA of {len(value['ca_pem'])} characters)"} if "ca_pem" in value else value
