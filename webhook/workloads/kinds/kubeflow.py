"""Annotations of the Pods of a compiled pipeline of Kubeflow Pipelines: one Pod per executor.

Facts
- A compiled pipeline has no kind. Its second YAML document, the platform's, has what is Kubernetes':
  `platforms.kubernetes.deploymentSpec.executors.NAME.podMetadata`.
- It names no ServiceAccount: the installation does, for all pipelines of a namespace.
- An executor's Pod is Argo's, with the author's program in `main`.
"""

from __future__ import annotations

from collections.abc import Iterator

from webhook.workloads.fieldpath import mapping_at
from webhook.workloads.podtemplate import Owner, PodTemplate, RawObject, made_pod

PLACES = "platforms.kubernetes.deploymentSpec.executors.*.podMetadata.annotations"
EXECUTORS = ("platforms", "kubernetes", "deploymentSpec", "executors")
_WORKFLOW = Owner("argoproj.io/v1alpha1", "Workflow")


def is_platform(value: RawObject) -> bool:
    """Whether this is the platform's document of a compiled pipeline."""
    return "kind" not in value and isinstance(value.get("platforms"), dict)


def find_executors(value: RawObject, service_account: str) -> Iterator[PodTemplate]:
    """Return the Pods of the executors. Raises MalformedReview."""
    executors = mapping_at(value, *EXECUTORS)
    for name in executors:
        metadata = mapping_at(executors, name, "podMetadata")
        spec = {
            "serviceAccountName": service_account,
            "restartPolicy": "Never",
            "initContainers": [{"name": "init"}, {"name": "kfp-launcher"}],
            "containers": [{"name": "wait"}, {"name": "main"}],
        }
        pod = made_pod(value, _WORKFLOW, [metadata], spec, {"workflows.argoproj.io/workflow": ""})
        yield PodTemplate(pod, ((*EXECUTORS, name, "podMetadata", "annotations"),))
