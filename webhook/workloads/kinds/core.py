"""Pod templates of Kubernetes' own kinds.

Source: the API reference, https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/.
"""

from __future__ import annotations

from collections.abc import Iterator

from webhook.workloads.podtemplate import JOB, REPLICA_SET, Kind, PodTemplate, RawObject, templated

_TEMPLATE = "spec.template"


def _itself(value: RawObject) -> Iterator[PodTemplate]:
    yield PodTemplate(value, (("metadata", "annotations"),))


KINDS = (
    Kind("v1", "Pod", _itself, "metadata.annotations"),
    templated("v1", "ReplicationController", _TEMPLATE),
    templated("apps/v1", "Deployment", _TEMPLATE, REPLICA_SET),
    templated("apps/v1", "ReplicaSet", _TEMPLATE),
    templated("apps/v1", "StatefulSet", _TEMPLATE),
    templated("apps/v1", "DaemonSet", _TEMPLATE),
    templated("batch/v1", "Job", _TEMPLATE),
    templated("batch/v1", "CronJob", "spec.jobTemplate.spec.template", JOB),
)
