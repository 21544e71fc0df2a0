"""What the webhook plans for a Pod of a manifest, for commands that show or check it."""

from __future__ import annotations

from typing import NamedTuple

from webhook.admission.annotations.dialects import dialects_of, parse_any
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.decision import facts_for
from webhook.admission.plan.injection import Injection
from webhook.admission.plan.plan import plan
from webhook.admission.pod.facts import PodFacts
from webhook.config.settings import Settings
from webhook.workloads.registry import ManifestPod


class PlannedPod(NamedTuple):
    """What a Pod asks for, what it is, and what it gets."""

    spec: InjectionSpec
    facts: PodFacts
    injection: Injection


def plan_pod(pod: ManifestPod, settings: Settings) -> PlannedPod:
    """Plan a Pod which the decision has patched, or found to be injected already; others may raise Rejected."""
    spec = parse_any(pod.pod, namespace=pod.namespace, dialects=dialects_of(settings, pod.namespace))
    assert spec is not None  # the decision has parsed it
    facts = facts_for(spec, pod.pod, pod.namespace, settings)
    return PlannedPod(spec, facts, plan(spec, facts, settings))
