"""Injection: what it adds, and above all what it leaves alone."""

from __future__ import annotations

import copy
import json
from typing import Any

import kubernetes_validate
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.webhook.builders import asking, decided, patched, pod, without_ours
from tests.support.webhook.strategies import annotated_pods, pods
from webhook.admission.decision import Denied, Patched, Unchanged
from webhook.admission.reasons import Reason

RESERVED = "omamori-"


@given(pods())
def test_any_pod_gets_an_answer(raw: dict[str, Any]) -> None:
    """Every Pod of the right shape is patched, left alone or refused with reasons; nothing else happens."""
    before = copy.deepcopy(raw)

    decision = decided(raw)

    assert raw == before
    if isinstance(decision, Denied):
        assert decision.problems
        assert decision.message.startswith("omamori: ")
    else:
        assert isinstance(decision, Patched | Unchanged)


@given(annotated_pods())
def test_user_fields_survive(raw: dict[str, Any]) -> None:
    """With our parts taken out again, the patched Pod is the Pod that came, every field of it."""
    assume(isinstance(decided(raw), Patched))

    assert without_ours(patched(raw)) == without_ours(raw)


@given(annotated_pods())
def test_twice_is_once(raw: dict[str, Any]) -> None:
    """A second call finds nothing to do."""
    assume(isinstance(decided(raw), Patched))

    again = decided(patched(raw))

    assert isinstance(again, Unchanged)
    assert again.reason == "already-injected"


@given(annotated_pods())
def test_same_input_same_bytes(raw: dict[str, Any]) -> None:
    """Two replicas give the same answer."""
    assert decided(raw) == decided(copy.deepcopy(raw))


@given(annotated_pods())
def test_most_generated_pods_are_accepted(raw: dict[str, Any]) -> None:
    """What the strategy makes is refused for a reason that it is known to provoke, and for no other."""
    decision = decided(raw)
    if isinstance(decision, Denied):
        assert {problem.reason for problem in decision.problems} <= {
            *("mount", "duplicate", "windows", "mode", "declared", "command", "volume", "env-from", "reference"),
        }


@settings(max_examples=25)
@given(annotated_pods(), st.sampled_from(["1.35", "1.37"]))
def test_schema(raw: dict[str, Any], version: str) -> None:
    """A patched Pod is valid by the API's own schema where the Pod was."""
    for container in (*raw["spec"]["containers"], *raw["spec"].get("initContainers", ())):
        container.pop("futureField", None)
    raw["spec"].pop("futureField", None)
    assume(isinstance(decided(raw), Patched))

    kubernetes_validate.validate(raw, version, strict=True)
    kubernetes_validate.validate(patched(raw), version, strict=True)


def test_only_what_is_needed() -> None:
    """A Pod without volumes and mounts gets one init container, two volumes and one mount."""
    spec = patched(asking())["spec"]

    assert [each["name"] for each in spec["initContainers"]] == ["omamori-init"]
    assert [each["name"] for each in spec["volumes"]] == ["omamori-token", "omamori-files-0"]
    assert spec["containers"][0]["volumeMounts"] == [
        {"name": "omamori-files-0", "mountPath": "/vault/secrets", "readOnly": True}
    ]


def test_restricted_by_itself() -> None:
    """Our container satisfies Pod Security restricted, has requests and limits, no port, and no probe."""
    (ours,) = patched(asking())["spec"]["initContainers"]

    assert ours["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "runAsGroup": 65532,
        "runAsUser": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert set(ours["resources"]) == {"limits", "requests"}
    assert not set(ours) & {"ports", "readinessProbe", "livenessProbe", "startupProbe", "restartPolicy"}


def test_token_is_ours_alone() -> None:
    """The token has an audience of its own and is mounted in our container only, where it keeps the API token out."""
    spec = patched(asking())["spec"]

    (token,) = [each for each in spec["volumes"] if each["name"] == "omamori-token"]
    assert token["projected"]["sources"] == [
        {"serviceAccountToken": {"audience": "vault", "expirationSeconds": 600, "path": "token"}}
    ]
    mounts = [each for each in spec["initContainers"][0]["volumeMounts"] if each["name"] == "omamori-token"]
    assert [each["mountPath"] for each in mounts] == ["/var/run/secrets/kubernetes.io/serviceaccount"]
    assert "omamori-token" not in json.dumps(spec["containers"])


def test_later_call_serves_no_newcomer() -> None:
    """A container that another webhook added after our first call gets no secrets, and ours stays as it is."""
    first = patched(asking())
    first["spec"]["containers"].append({"name": "late", "image": "l"})

    assert decided(first) == Unchanged(Reason.ALREADY_INJECTED)


def test_later_call_serves_a_newcomer_that_is_named() -> None:
    """Named in omamori.dev/containers, a container that came later is served at the later call."""
    annotations = {
        "file.omamori.dev/db": "secret/data/shop/db#password",
        "file.omamori.dev/mail": "secret/data/shop/mail#password containers=app",
    }
    first = patched(pod(annotations))
    first["metadata"]["annotations"]["omamori.dev/containers"] = "app,late"
    first["spec"]["containers"].append({"name": "late", "image": "l"})

    spec = patched(first)["spec"]

    assert [each["mountPath"] for each in spec["containers"][1]["volumeMounts"]] == ["/vault/secrets"]
    assert [each["name"] for each in spec["volumes"]] == ["omamori-token", "omamori-files-0", "omamori-files-1"]


def test_fields_of_others_stay() -> None:
    """What the API server and other webhooks added to our own container stays, and ours is brought up to date."""
    first = patched(asking())
    ours = first["spec"]["initContainers"][0]
    ours["terminationMessagePath"] = "/dev/termination-log"
    ours["resources"]["limits"]["ephemeral-storage"] = "1Gi"
    ours["env"].append({"name": "HTTPS_PROXY", "value": "x"})
    ours["image"] = "registry.example.com/agent:0"
    del ours["securityContext"]["runAsUser"]

    (again,) = patched(first)["spec"]["initContainers"]

    assert again["image"] == "registry.example.com/agent:1"
    assert again["securityContext"]["runAsUser"] == 65532
    assert again["terminationMessagePath"] == "/dev/termination-log"
    assert again["resources"]["limits"]["ephemeral-storage"] == "1Gi"
    assert [each["name"] for each in again["env"]] == ["OMAMORI_PLAN", "HTTPS_PROXY"]


def test_copied_pod_with_other_annotations() -> None:
    """In a copy whose annotations were changed, our parts are what the new annotations ask for, and no more."""
    annotations = {"file.omamori.dev/a": "secret/data/a#k", "file.omamori.dev/b": "secret/data/b#k dir=/srv/b"}
    copied = patched(pod(annotations))
    del copied["metadata"]["annotations"]["file.omamori.dev/b"]

    spec = patched(copied)["spec"]

    assert [each["name"] for each in spec["volumes"]] == ["omamori-token", "omamori-files-0"]
    assert [each["mountPath"] for each in spec["containers"][0]["volumeMounts"]] == ["/vault/secrets"]


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        ("first", ["omamori-init", "a", "b"]),
        ("last", ["a", "b", "omamori-init"]),
        ("before:b", ["a", "omamori-init", "b"]),
        ("after:a", ["a", "omamori-init", "b"]),
    ],
)
def test_position(position: str, expected: list[str]) -> None:
    """The author says where our container stands among the others, and at a second call it stands there still."""
    raw = asking(initContainers=[{"name": "a", "image": "i"}, {"name": "b", "image": "i"}])
    raw["metadata"]["annotations"]["omamori.dev/position"] = position

    first = patched(raw)

    assert [each["name"] for each in first["spec"]["initContainers"]] == expected
    assert isinstance(decided(first), Unchanged)


def test_moves_back_to_its_position() -> None:
    """Where another webhook put its init container in front of ours, ours moves back; the other is not touched."""
    first = patched(asking())
    first["spec"]["initContainers"].insert(0, {"name": "istio-init", "image": "i"})

    names = [each["name"] for each in patched(first)["spec"]["initContainers"]]

    assert names == ["omamori-init", "istio-init"]


@pytest.mark.parametrize(
    "spec",
    [
        {"initContainers": [{"name": "omamori-init", "image": "mine"}]},
        {"containers": [{"name": "omamori-init", "image": "mine"}]},
        {"volumes": [{"name": "omamori-token", "emptyDir": {}}]},
        {"volumes": [{"name": "omamori-files-7", "emptyDir": {}}]},
        {"containers": [{"name": "a", "volumeMounts": [{"name": "omamori-files-0", "mountPath": "/x"}]}]},
        {"initContainers": [{"name": "omamori-sidecar", "image": "mine"}]},
        {"volumes": [{"name": "omamori-env-check", "emptyDir": {}}]},
        {"volumes": [{"name": "omamori-env", "emptyDir": {}}]},
        {"volumes": [{"name": "omamori-launch-0", "emptyDir": {}}]},
    ],
)
def test_reserved_name_without_a_plan(spec: dict[str, Any]) -> None:
    """A name that is reserved for us, without our Plan, is refused and nobody's part is overwritten."""
    decision = decided(asking(**spec))

    assert isinstance(decision, Denied)
    assert decision.reason == "reserved-name"
