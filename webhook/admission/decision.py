"""Decide what happens to a Pod, only from the request and the settings: no I/O, no clock, no randomness.

`decide` is the heart: parse the annotations, read the facts, plan, inject, and take the difference.
"""

from __future__ import annotations

from dataclasses import dataclass

from vault.contract.shown import shown
from webhook.admission.annotations.dialects import dialects_of, parse_any
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.annotations.selection import possible_names
from webhook.admission.cache import Cache
from webhook.admission.limits import MAX_MESSAGE_CHARACTERS
from webhook.admission.merge import inject
from webhook.admission.patch import Operation, additions
from webhook.admission.plan.plan import plan
from webhook.admission.plan.podspec import Parts, render_parts
from webhook.admission.pod.facts import PodFacts, read_facts, size_bytes
from webhook.admission.pod.ownership import RawPod
from webhook.admission.problems import Problem, Problems, Rejected
from webhook.admission.rawjson import mapping_in
from webhook.admission.reasons import Reason
from webhook.admission.review import AdmissionRequest
from webhook.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The Pod is admitted unchanged."""

    reason: Reason
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Patched:
    """The Pod gets what it asked for."""

    operations: tuple[Operation, ...]
    warnings: tuple[str, ...] = ()
    reason: Reason = Reason.INJECTED


@dataclass(frozen=True, slots=True)
class Denied:
    """The Pod is refused, for all of these problems and `more` that are not listed; there is at least one."""

    problems: tuple[Problem, ...]
    more: int = 0

    @property
    def reason(self) -> Reason:
        """The first problem's, for metrics."""
        return self.problems[0].reason

    @property
    def message(self) -> str:
        """What the Pod's author reads: in the event of a controller, or under `kubectl apply`.

        It has at most MAX_MESSAGE_CHARACTERS characters.
        """
        if len(self.problems) == 1 and not self.more:
            return shown(f"omamori: {self.problems[0]}", MAX_MESSAGE_CHARACTERS)
        listed = "; ".join(f"({number}) {problem}" for number, problem in enumerate(self.problems, 1))
        more = f"; and {self.more} more" if self.more else ""
        count = len(self.problems) + self.more
        return f"{shown(f'omamori: {count} problems: {listed}', MAX_MESSAGE_CHARACTERS - len(more))}{more}"


Decision = Unchanged | Patched | Denied


def decide(request: AdmissionRequest, settings: Settings, cache: Cache | None = None) -> Decision:
    """Decide on one request. Raises MalformedReview where a Pod's shape is not one; NotAnAddition is our own error.

    `cache` remembers what was decided by the same settings; without one, nothing is remembered.
    """
    if request.pod is None or request.operation != "CREATE" or request.subresource:
        return Unchanged(Reason.NOT_A_NEW_POD)
    try:
        spec = parse_any(
            request.pod, cache, namespace=request.namespace, dialects=dialects_of(settings, request.namespace)
        )
        if spec is None:
            return Unchanged(Reason.NOT_ANNOTATED)
        if "kubernetes.io/config.mirror" in mapping_in(mapping_in(request.pod, "metadata"), "annotations"):
            # a static Pod's image in the API: the kubelet never sees what is changed here
            return Unchanged(Reason.MIRROR_POD)
        pod = facts_for(spec, request.pod, request.namespace, settings)
        if not spec.asks:
            return Unchanged(Reason.NOTHING_ASKED, spec.warnings)
        _check_supported(pod)
        parts = _plan_parts(spec, pod, settings, cache)
    except Rejected as rejected:
        return Denied(rejected.problems, rejected.more)
    injected = inject(request.pod, parts)
    operations = additions(request.pod, injected)
    if not operations:
        return Unchanged(Reason.ALREADY_INJECTED, parts.warnings)
    return Patched(tuple(operations), parts.warnings)


def facts_for(spec: InjectionSpec, raw: RawPod, namespace: str, settings: Settings) -> PodFacts:
    """Read those facts of a Pod that planning its spec takes. Raises MalformedReview and Rejected."""
    return read_facts(
        raw,
        namespace,
        settings.tool_containers,
        with_variables=bool(spec.environment),
        with_closed_mounts=spec.has_single_files,
        referable={each.name for each in spec.variables} if spec.env_delivery != "kubelet" else (),
        possible=possible_names(spec.variable_sets) if spec.variable_sets else None,
        volumes=spec.read_volumes if spec.templates or spec.configuration or spec.login.aws else (),
    )


def _plan_parts(spec: InjectionSpec, pod: PodFacts, settings: Settings, cache: Cache | None) -> Parts:
    """Plan and render what is added. The Pods of a workload are alike: what is added to one is added to the next."""

    def make() -> Parts:
        injection = plan(spec, pod, settings)
        return render_parts(injection)

    if cache is None:
        return make()
    return cache.get(("parts", spec.annotations, pod), make, lambda parts: parts.cost_bytes + size_bytes(pod))


def _check_supported(pod: PodFacts) -> None:
    if pod.is_windows:
        raise Rejected(
            [Problem(Reason.WINDOWS, "", "Windows nodes have no memory-backed volumes; remove the annotations")]
        )
    if pod.misused_names:
        problems = Problems()
        what = "is reserved for omamori; use another name, and in a copied Pod keep all of omamori's parts or none"
        problems.extend(Problem(Reason.RESERVED_NAME, "", f"{shown(name)} {what}") for name in pod.misused_names)
        problems.raise_if_any()
