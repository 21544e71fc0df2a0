"""Any Pod: where the API server takes it without our annotations, it takes it with them, or we have refused it.

What it takes has everything of what it would have been without us, after all defaults and other plugins.
"""

from __future__ import annotations

import copy
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.e2e.dryrun.place import SHOP, STRICT
from tests.support.webhook.builders import without_ours
from tests.support.webhook.strategies import annotated_pods, pods
from webhook.admission.pod.ownership import is_our_container

if TYPE_CHECKING:
    from tests.e2e.dryrun.place import Place

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

EXAMPLES = 300
REFUSED = 'admission webhook "omamori.omamori.dev" denied the request: omamori: '


def admissible(generated: dict[str, Any]) -> dict[str, Any]:
    """Give a Pod that names only what is there (ServiceAccount, volume, fields), on Linux, within its own resources."""
    pod = copy.deepcopy(generated)
    spec = pod["spec"]
    spec.pop("futureField", None)
    spec.pop("nodeSelector", None)
    spec["serviceAccountName"] = "default"
    spec["automountServiceAccountToken"] = False  # the volume of the API token has another name each time
    containers = [*spec["containers"], *spec.get("initContainers", [])]
    for each in containers:
        each.pop("futureField", None)
        if "resources" in spec and "resources" in each:
            each["resources"] = {"limits": {"cpu": "10m", "memory": "4Mi"}}
    if any("volumeMounts" in each for each in containers):
        spec.setdefault("volumes", [{"name": "own", "emptyDir": {}}])
    return pod


def restricted(generated: dict[str, Any]) -> dict[str, Any]:
    """Give a Pod that Pod Security *restricted* takes: what is needed is added, root is taken out."""
    pod = admissible(generated)
    spec = pod["spec"]
    spec["securityContext"] = {
        **_without_root(spec.get("securityContext", {})),
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    for each in (*spec["containers"], *spec.get("initContainers", [])):
        own = _without_root(each.get("securityContext", {}))
        each["securityContext"] = {**own, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    return pod


def _without_root(context: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in context.items() if not (name == "runAsUser" and value == 0)}


def outcome(api: Place, pod: dict[str, Any], namespace: str) -> str:
    """Send a Pod without and with its annotations; what became of it, where the property holds."""
    plain = copy.deepcopy(pod)
    plain["metadata"].pop("annotations", None)
    without = api.create(plain, namespace)
    answer = api.create(pod, namespace)
    if without.status != 201:
        return "invalid"
    if answer.status == 403:
        assert REFUSED in answer.message
        return "refused"
    assert answer.status == 201, answer.message
    is_patched = any(map(is_our_container, answer.body["spec"].get("initContainers", [])))
    if without.body["status"]["qosClass"] == "Guaranteed":
        assert answer.body["status"]["qosClass"] == "Guaranteed"
    assert without_ours(answer.body["spec"]) == without_ours(without.body["spec"])
    return "patched" if is_patched else "unchanged"


def test_valid_stays_valid(api: Place) -> None:
    """A Pod that asks for files, and is valid without us, is valid with us."""
    seen: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES)
    @given(annotated_pods().map(admissible), st.sampled_from(["first", "last"]))
    def holds(pod: dict[str, Any], position: str) -> None:
        pod["metadata"]["annotations"]["omamori.dev/position"] = position
        seen[outcome(api, pod, SHOP)] += 1

    holds()
    print(seen)
    assert seen["patched"] > EXAMPLES / 4


def test_any_annotations(api: Place) -> None:
    """With any annotations under our domain, right or wrong, there is an answer, and never an error of the call."""
    seen: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES)
    @given(pods().map(admissible))
    def holds(pod: dict[str, Any]) -> None:
        seen[outcome(api, pod, SHOP)] += 1

    holds()
    print(seen)
    assert seen["refused"] > EXAMPLES / 10


def test_restricted_stays_restricted(api: Place) -> None:
    """A Pod that Pod Security *restricted* takes without us, it takes with us."""
    seen: Counter[str] = Counter()

    @settings(max_examples=EXAMPLES)
    @given(annotated_pods().map(restricted))
    def holds(pod: dict[str, Any]) -> None:
        seen[outcome(api, pod, STRICT)] += 1

    holds()
    print(seen)
    assert seen["patched"] > EXAMPLES / 4
