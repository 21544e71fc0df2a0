"""Rule: what happens to a Pod, decided from the request and the settings alone: no I/O, no clock, no chance.

`decide` is the heart: parse the wish, read the facts, plan, inject, and take the difference.
"""

from __future__ import annotations

from dataclasses import dataclass

from webhook.dialects import DIALECTS
from webhook.errors import Problem, Rejected
from webhook.injection import inject
from webhook.patch import Operation, additions
from webhook.planning import plan
from webhook.pod import Pod, RawPod, read_facts
from webhook.review import AdmissionRequest
from webhook.settings import Settings
from webhook.wish import Wish


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The Pod goes on as it is; `reason` has few values."""

    reason: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Patched:
    """The Pod gets what it asked for."""

    operations: tuple[Operation, ...]
    warnings: tuple[str, ...] = ()
    reason: str = "injected"


@dataclass(frozen=True, slots=True)
class Denied:
    """The Pod is refused, for all of these problems; there is at least one."""

    problems: tuple[Problem, ...]

    @property
    def reason(self) -> str:
        """The first problem's, for metrics."""
        return self.problems[0].reason

    @property
    def message(self) -> str:
        """What the Pod's author reads: in the event of a controller, or under `kubectl apply`."""
        if len(self.problems) == 1:
            return f"omamori: {self.problems[0]}"
        listed = "; ".join(f"({number}) {problem}" for number, problem in enumerate(self.problems, 1))
        return f"omamori: {len(self.problems)} problems: {listed}"


Decision = Unchanged | Patched | Denied


def decide(request: AdmissionRequest, settings: Settings) -> Decision:
    """Decide on one request. Raises MalformedReview where a Pod's shape is not one; NotAnAddition is our own error."""
    if request.pod is None or request.operation != "CREATE" or request.subresource:
        return Unchanged("not-a-new-pod")
    try:
        wish = parse_wish(request.pod)
        if wish is None:
            return Unchanged("not-annotated")
        pod = read_facts(request.pod, request.namespace, settings.tool_containers, with_variables=bool(wish.variables))
        if pod.is_mirror:
            # a static Pod's image in the API: the kubelet never sees what is changed here
            return Unchanged("mirror-pod")
        if not wish.secrets:
            return Unchanged("nothing-asked", wish.warnings)
        _refuse_the_impossible(pod)
        injection = plan(wish, pod, settings)
    except Rejected as rejected:
        return Denied(rejected.problems)
    injected = inject(request.pod, injection)
    operations = additions(request.pod, injected)
    if not operations:
        return Unchanged("already-injected", injection.warnings)
    return Patched(tuple(operations), injection.warnings)


def parse_wish(pod: RawPod) -> Wish | None:
    """Ask each dialect. None: the Pod speaks none of them. Raises Rejected, also where it speaks two."""
    wishes = [wish for dialect in DIALECTS if (wish := dialect(pod)) is not None]
    if len(wishes) > 1:
        raise Rejected([Problem("dialect", "", "the Pod asks in two dialects at once; keep the annotations of one")])
    return wishes[0] if wishes else None


def _refuse_the_impossible(pod: Pod) -> None:
    if pod.is_windows:
        raise Rejected([Problem("windows", "", "Windows nodes have no memory-backed volumes; remove the annotations")])
    if pod.misused_names:
        names = ", ".join(pod.misused_names)
        raise Rejected([Problem("reserved-name", "", f"{names}: this name is reserved for omamori; choose another")])
