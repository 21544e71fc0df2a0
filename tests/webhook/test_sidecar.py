"""A program that stays: a native sidecar, what it may do after a change, and what it cannot."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.webhook.builders import patched, plan_of, pod, reasons

SIDECAR = {"file.omamori.dev/db": "database/creds/shop", "omamori.dev/mode": "sidecar"}
SIGNAL = {**SIDECAR, "omamori.dev/on-change": "signal=HUP process=nginx"}
RESTART = {**SIDECAR, "omamori.dev/on-change": "restart"}
ONE_USER = {"shareProcessNamespace": True, "securityContext": {"runAsUser": 1000}}


def test_a_native_sidecar() -> None:
    """It restarts by itself, and what comes behind it starts when its first files are there."""
    spec = patched(pod(SIDECAR))["spec"]

    [ours] = spec["initContainers"]
    assert (ours["name"], ours["restartPolicy"]) == ("omamori-sidecar", "Always")
    probe = ours["startupProbe"]
    assert probe["exec"]["command"] == ["/opt/omamori/bin/omamori-ready", "/omamori/omamori-state/ready"]
    assert probe["timeoutSeconds"] >= 5
    assert probe["periodSeconds"] * probe["failureThreshold"] > plan_of(pod(SIDECAR)).deadline_seconds
    assert "restartPolicyRules" not in ours
    assert "readinessProbe" not in ours


def test_its_state_is_its_own() -> None:
    """Its state is in a small volume of its own, which no other container mounts."""
    spec = patched(pod(SIDECAR))["spec"]

    [volume] = [each for each in spec["volumes"] if each["name"] == "omamori-state"]
    assert volume["emptyDir"] == {"medium": "Memory", "sizeLimit": "1Mi"}
    assert "omamori-state" not in json.dumps(spec["containers"])
    assert "/omamori/omamori-state" in [each["mountPath"] for each in spec["initContainers"][0]["volumeMounts"]]


def test_the_plan_says_what_to_do() -> None:
    """The program learns how often to look, and what to do after a change."""
    plan = plan_of(pod({**SIGNAL, "omamori.dev/refresh": "5m"}, **ONE_USER))

    assert (plan.mode, plan.state_directory, plan.refresh_seconds) == ("sidecar", "/omamori/omamori-state", 300)
    assert (plan.on_change, plan.signal, plan.process) == ("signal", "HUP", "nginx")


def test_restart_is_the_administrators_to_allow() -> None:
    """Refused unless allowed; then our exit code restarts all containers."""
    assert reasons(pod(RESTART)) == ["sidecar"]
    [ours] = patched(pod(RESTART), ALLOW_RESTART="true")["spec"]["initContainers"]

    assert ours["restartPolicyRules"] == [
        {"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [20]}}
    ]
    assert plan_of(pod(RESTART), ALLOW_RESTART="true").on_change == "restart"


@pytest.mark.parametrize(
    ("spec", "count"),
    [
        ({}, 2),
        ({"shareProcessNamespace": True}, 1),
        ({"shareProcessNamespace": True, "securityContext": {"runAsUser": 0}}, 1),
        ({"securityContext": {"runAsUser": 1000}}, 1),
        (
            {
                "shareProcessNamespace": True,
                "containers": [
                    {"name": name, "securityContext": {"runAsUser": user}} for name, user in (("a", 1), ("b", 2))
                ],
            },
            1,
        ),
        (ONE_USER, 0),
    ],
)
def test_a_signal_needs_one_user_and_shared_processes(spec: dict[str, Any], count: int) -> None:
    """A signal that could not arrive is refused when the Pod is created, with what is missing."""
    if count:
        assert reasons(pod(SIGNAL, **spec)) == ["sidecar"] * count
    else:
        patched(pod(SIGNAL, **spec))


@pytest.mark.parametrize("annotation", ["omamori.dev/on-change: restart", "omamori.dev/refresh: 30s"])
def test_what_is_for_a_sidecar_alone(annotation: str) -> None:
    """Asked of a program that ends, it is a mistake."""
    name, _, value = annotation.partition(": ")
    assert reasons(pod({"file.omamori.dev/a": "kv/a", name: value}), {"ALLOW_RESTART": "true"}) == ["sidecar"]


def test_credentials_that_end_are_warned_of() -> None:
    """In init mode, credentials with a lease come with a warning; a sidecar keeps them."""
    [warning] = plan_of(pod({"file.omamori.dev/db": "database/creds/shop"})).warnings
    assert "file.omamori.dev/db: database/creds/shop returns credentials that expire with their lease" in warning
    assert plan_of(pod(SIDECAR)).warnings == ()


def test_a_short_lease_is_allowed_for_the_call() -> None:
    """One secret that allows it is enough: both are made of one call."""
    annotations = {
        "file.omamori.dev/user": "database/creds/shop#username",
        "env.omamori.dev/PASSWORD": "database/creds/shop#password allow-short-lease=true",
    }
    [read] = plan_of(pod(annotations)).reads
    assert read.allows_short_lease


def test_another_mode_in_a_copied_pod() -> None:
    """A copy whose mode was changed gets the container of its mode, and no other one of ours."""
    raw = patched(pod(SIDECAR))
    raw["metadata"]["annotations"]["omamori.dev/mode"] = "init"
    again = patched(raw)

    assert [each["name"] for each in again["spec"]["initContainers"]] == ["omamori-init"]
    assert [each["name"] for each in again["spec"]["volumes"]] == ["omamori-token", "omamori-files-0"]
