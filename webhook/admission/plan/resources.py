"""Requests and limits of our container.

- cpu and memory are set, as requests and as limits: a ResourceQuota refuses a Pod with a container that lacks one.
- Ephemeral storage is set where the author or the administrator says how much, or where each of the author's
  containers has it, since a policy of the cluster may demand it of all: ours is then the least of them. A ResourceQuota
  counts it and demands it of no container (Kubernetes 1.37, pkg/quota/v1/evaluator/core/pods.go).
- A native sidecar's requests count for as long as the Pod lives, an init container's only beside those of the others.
- A Pod of the class Guaranteed stays one: requests equal limits.
- Pages of a memory-backed volume count against the container that writes them, so the memory limit is at least what
  the program needs (with templates more) and all volumes full: a full volume is then our error, not the kernel's.
- A Pod with resources of its own (KEP-2837) bounds its containers and is what quotas count: of a resource that the Pod
  limits, ours says nothing unless the author states it. Any request of ours would replace the Pod's own, which the API
  server makes of the containers' requests, or of the limits where there are none: less than the application was to
  have, another class than Guaranteed, or, beside native sidecars, more than the limit, and so an invalid Pod.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.pod.facts import PodFacts
from webhook.admission.problems import Problem, Rejected
from webhook.admission.reasons import Reason
from webhook.config.quantity import QuantityInvalid, parse_quantity, render_mebibytes
from webhook.config.settings import AgentSettings

PROGRAM_BYTES = 24 * 1024 * 1024
# for the trees of a template, what it makes on the way and its output, each as large as the agent allows (measured:
# 14 MiB for the tree of 128 KiB of text; 9 MiB are vault/gotemplate/limits.py's)
TEMPLATE_BYTES = 24 * 1024 * 1024
STORAGE = "ephemeral-storage"

# of a container that stays and does nothing: it is charged less than 1 MiB, the rest is for the files in memory
_STAYING = {"cpu": "5m", "memory": "4Mi"}

Resources = dict[str, dict[str, str]]


def plan_requests(settings: AgentSettings, *, stays: bool) -> dict[str, str]:
    """Return the requests where the author states none. `stays`: the container goes on and does nothing."""
    return dict(_STAYING) if stays else {"cpu": settings.cpu_request, "memory": settings.memory_request}


def needed_bytes(volume_bytes: int, *, has_templates: bool) -> int:
    """Return how much memory our container may come to need, with all its volumes full."""
    return PROGRAM_BYTES + (TEMPLATE_BYTES if has_templates else 0) + volume_bytes


def stated_resources(spec: InjectionSpec, needed: int) -> dict[str, str]:
    """Return what the author states, by name, raised where the author leaves that to us. `needed` is in bytes."""
    stated = dict(spec.resources)
    if not spec.container.raises_limits:
        return stated
    if _is_too_little(stated, needed):
        stated["memory-limit"] = render_mebibytes(needed)
    for name in ("cpu", "memory", STORAGE):
        if name in stated and f"{name}-limit" in stated:
            stated[name] = _smaller(stated[name], stated[f"{name}-limit"])
    return stated


def warnings_of_resources(spec: InjectionSpec, needed: int) -> Iterator[str]:
    """Warn of a limit that was raised."""
    if spec.container.raises_limits and _is_too_little(dict(spec.resources), needed):
        raised = render_mebibytes(needed)
        yield f"{spec.annotation_of('memory-limit')}: raised to {raised}, since the files are kept in memory"


def _is_too_little(stated: Mapping[str, str], needed: int) -> bool:
    return "memory-limit" in stated and parse_quantity(stated["memory-limit"]) < needed


def plan_resources(
    stated: Mapping[str, str],
    pod: PodFacts,
    settings: AgentSettings,
    default_requests: Mapping[str, str],
    needed: int,
) -> Resources:
    """Plan our container's resources. `stated` is the author's, by name (cpu, cpu-limit, …), `needed` is in bytes.

    Raises Rejected if the author's cannot be: a request above its limit, or too little memory.
    """
    if _is_too_little(stated, needed):
        raise _rejected(f"memory-limit must be at least {render_mebibytes(needed)}: the files are kept in memory")
    requests = {name: stated.get(name, default_requests[name]) for name in ("cpu", "memory")}
    limits = {
        "cpu": stated.get("cpu-limit") or _larger(settings.cpu_limit, requests["cpu"] if "cpu" in stated else "0"),
        "memory": stated.get("memory-limit")
        or _larger(settings.memory_limit, render_mebibytes(needed), requests["memory"] if "memory" in stated else "0"),
    }
    for name in ("cpu", "memory"):
        if name in stated and parse_quantity(requests[name]) > parse_quantity(limits[name]):
            raise _rejected(f"{name} is more than {name}-limit")
        requests[name] = limits[name] if pod.is_guaranteed else _smaller(requests[name], limits[name])
    for name in ("cpu", "memory"):
        limits[name] = _bounded(limits[name], pod, "limits", name)
        requests[name] = _smaller(_bounded(requests[name], pod, "requests", name), limits[name])
        _leave_to_pod(name, stated, pod, requests, limits)
    _plan_storage(stated, pod, settings, requests, limits)
    return {kind: values for kind, values in (("limits", limits), ("requests", requests)) if values}


def _rejected(what: str) -> Rejected:
    return Rejected([Problem(Reason.RESOURCES, "omamori.dev/resources", what)])


def _plan_storage(
    stated: Mapping[str, str],
    pod: PodFacts,
    settings: AgentSettings,
    requests: dict[str, str],
    limits: dict[str, str],
) -> None:
    """Add ephemeral storage: what the author says, else the administrator, else the least where all have it."""
    least_request, least_limit = pod.least_storage
    request = stated.get(STORAGE) or settings.storage_request or least_request
    limit = stated.get(f"{STORAGE}-limit") or settings.storage_limit or least_limit
    if request and limit and parse_quantity(request) > parse_quantity(limit):
        if STORAGE in stated and f"{STORAGE}-limit" in stated:
            raise _rejected(f"{STORAGE} is more than {STORAGE}-limit")
        # the one that was stated decides; a limit of the administrator bounds a request of the author's
        request, limit = (limit, limit) if STORAGE not in stated else (request, request)
    if request:
        requests[STORAGE] = request
    if limit:
        limits[STORAGE] = limit


def _leave_to_pod(
    name: str, stated: Mapping[str, str], pod: PodFacts, requests: dict[str, str], limits: dict[str, str]
) -> None:
    """Say nothing of a resource that the Pod has itself, but for what the author states."""
    if _pods_own(pod, "limits", name) is not None and f"{name}-limit" not in stated:
        del limits[name]
    if name not in stated:
        if name in limits and _pods_own(pod, "requests", name) is not None:
            requests[name] = "0"  # left out, it would be our limit
        elif name not in limits:
            del requests[name]


def _larger(*quantities: str) -> str:
    return max(quantities, key=parse_quantity)


def _smaller(*quantities: str) -> str:
    return min(quantities, key=parse_quantity)


def _bounded(quantity: str, pod: PodFacts, kind: Literal["limits", "requests"], name: str) -> str:
    """At most the Pod's own value; where the Pod states a limit and no request, its request is the limit."""
    bound = _pods_own(pod, kind, name)
    try:
        return _smaller(quantity, bound) if bound is not None else quantity
    except QuantityInvalid:
        return quantity  # the API server refuses the Pod for it, with a better reason than ours


def _pods_own(pod: PodFacts, kind: Literal["limits", "requests"], name: str) -> str | None:
    return dict(pod.limits if kind == "limits" else pod.requests).get(name)
