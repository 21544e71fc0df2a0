"""A program that stays: a native sidecar, what it may do after a change, and what it cannot."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.webhook.builders import patched, plan_of, pod, reasons
from vault.agent.deadline import LAST_SECONDS

SIDECAR = {"file.omamori.dev/db": "database/creds/shop", "omamori.dev/mode": "sidecar"}
SIGNAL = {**SIDECAR, "omamori.dev/on-change": "signal=HUP process=nginx"}
RESTART = {**SIDECAR, "omamori.dev/on-change": "restart"}
FAST = {"file.omamori.dev/db": "secret/data/shop/db", "omamori.dev/start": "fast"}
ONE_USER = {"shareProcessNamespace": True, "securityContext": {"runAsUser": 1000}}


def test_a_native_sidecar() -> None:
    """It restarts by itself, and what comes behind it starts when its first files are there."""
    spec = patched(pod(SIDECAR))["spec"]

    [ours] = spec["initContainers"]
    assert (ours["name"], ours["restartPolicy"]) == ("omamori-sidecar", "Always")
    state = "/omamori/omamori-state"
    command = ["/opt/omamori/bin/omamori-ready", "--wait", "20", "--lock", f"{state}/hook", f"{state}/ready"]
    assert ours["lifecycle"] == {"postStart": {"exec": {"command": command}}}
    assert not set(ours) & {"restartPolicyRules", "readinessProbe", "startupProbe"}


@pytest.mark.parametrize("seconds", [5, 20, 300])
@pytest.mark.parametrize("annotations", [SIDECAR, FAST], ids=["sidecar", "fast"])
def test_the_agent_says_what_failed_before_the_hook_gives_up(annotations: dict[str, str], seconds: int) -> None:
    """It has the time for revoking its token left; later starts, which nobody waits for, have the whole deadline."""
    plan = plan_of(pod(annotations), SIDECAR_GATE_SECONDS=str(seconds), AGENT_DEADLINE_SECONDS="100")

    assert 0 < plan.first_seconds <= min(100, seconds - LAST_SECONDS)
    assert plan.deadline_seconds == 100


@pytest.mark.parametrize("annotations", [SIDECAR, FAST], ids=["sidecar", "fast"])
def test_a_startup_probe_where_the_administrator_wants_one(annotations: dict[str, str]) -> None:
    """The kubelet asks once a second, for longer than the agent tries."""
    [ours] = patched(pod(annotations), SIDECAR_GATE="probe")["spec"]["initContainers"]
    plan = plan_of(pod(annotations), SIDECAR_GATE="probe")

    probe = ours["startupProbe"]
    assert probe["exec"]["command"] == ["/opt/omamori/bin/omamori-ready", "/omamori/omamori-state/ready"]
    assert probe["timeoutSeconds"] >= 5
    assert probe["periodSeconds"] * probe["failureThreshold"] > plan.deadline_seconds
    assert "lifecycle" not in ours
    assert plan.first_seconds == 0


def test_mode_init_that_starts_fast() -> None:
    """It is a native sidecar that does nothing any more: small requests, and the limits of an init container."""
    [ours] = patched(pod(FAST))["spec"]["initContainers"]
    plan = plan_of(pod(FAST))

    assert (ours["name"], ours["restartPolicy"]) == ("omamori-init", "Always")
    assert ours["lifecycle"] == patched(pod(SIDECAR))["spec"]["initContainers"][0]["lifecycle"]
    assert (plan.mode, plan.stays, plan.state_directory) == ("init", True, "/omamori/omamori-state")
    assert ours["resources"] == {
        "limits": {"cpu": "500m", "memory": "64Mi"},
        "requests": {"cpu": "5m", "memory": "4Mi"},
    }


@pytest.mark.parametrize(
    ("annotation", "default", "fast"),
    [(None, "init", False), (None, "fast", True), ("init", "fast", False), ("fast", "init", True)],
)
def test_the_author_decides_how_mode_init_starts(annotation: str | None, default: str, fast: bool) -> None:
    """The administrator's choice is only the default."""
    asked = {"file.omamori.dev/db": "secret/data/shop/db"}
    asked |= {"omamori.dev/start": annotation} if annotation else {}

    assert plan_of(pod(asked), INIT_START=default).stays is fast
    [ours] = patched(pod(asked), INIT_START=default)["spec"]["initContainers"]
    assert ours.get("restartPolicy") == ("Always" if fast else None)


@pytest.mark.parametrize("start", ["init", "fast"])
def test_a_sidecar_has_no_other_start(start: str) -> None:
    """It always starts fast, and the administrator's default for mode init changes nothing of it."""
    assert reasons(pod({**SIDECAR, "omamori.dev/start": start})) == ["sidecar"]
    assert not plan_of(pod(SIDECAR), INIT_START="fast").stays


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
