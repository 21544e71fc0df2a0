"""Pod templates of Argo Rollouts.

Facts
- A Rollout with `workloadRef` has no template of its own: the Deployment that it names has it.
- `canaryMetadata`, `stableMetadata` and their like: Pods are created with those of their role. When it changes,
  they are exchanged on Pods that run, for which it is too late to ask.
  Source: Argo Rollouts, "Ephemeral Metadata".
"""

from __future__ import annotations

from webhook.workloads.podtemplate import JOB, REPLICA_SET, templated

_API = "argoproj.io/v1alpha1"
_METRICS = "spec.metrics[].provider.job.spec.template"

KINDS = (
    templated(_API, "Rollout", "spec.template", REPLICA_SET),
    templated(_API, "Experiment", "spec.templates[].template", REPLICA_SET),
    templated(_API, "AnalysisTemplate", _METRICS, JOB),
    templated(_API, "ClusterAnalysisTemplate", _METRICS, JOB, is_namespaced=False),
    templated(_API, "AnalysisRun", _METRICS, JOB),
)
