"""What others may do to our parts between two calls, and what a second call makes of it."""

from __future__ import annotations

from typing import Any

import jsonpatch
import orjson
import pytest

from tests.support.webhook.builders import asking, decided, patched, pod, reasons, settings
from webhook.admission.decision import Patched, Unchanged
from webhook.admission.reasons import Reason


def test_what_others_may_leave_in_our_container() -> None:
    """A part that only looks like ours is brought to what we would write: an allow-list of fields stays."""
    first = patched(asking())
    container = first["spec"]["initContainers"][0]
    container |= {
        "command": ["evil"],
        "args": ["evil"],
        "envFrom": [{"secretRef": {"name": "x"}}],
        "lifecycle": {"postStart": {"exec": {"command": ["evil"]}}},
        "restartPolicy": "Always",
        "ports": [{"containerPort": 1, "hostPort": 1}],
        "volumeDevices": [{"name": "x", "devicePath": "/x"}],
        "terminationMessagePath": "/dev/termination-log",
        "stdin": True,
    }
    container["securityContext"] |= {"capabilities": {"add": ["SYS_ADMIN"], "drop": ["ALL"]}, "procMount": "Unmasked"}
    container["securityContext"] |= {"seLinuxOptions": {"type": "spc_t", "level": "s0:c1"}, "windowsOptions": {}}
    container["env"] += [{"name": "LD_PRELOAD", "value": "/x.so"}, {"name": "HTTPS_PROXY", "value": "http://proxy"}]
    container["volumeMounts"].append({"name": "host", "mountPath": "/host"})
    container["resources"]["limits"]["ephemeral-storage"] = "1Gi"
    first["spec"]["volumes"][0] |= {"hostPath": {"path": "/"}}
    first["spec"]["volumes"][0]["projected"]["defaultMode"] = 420
    token = first["spec"]["volumes"][0]

    again = patched(first)

    fixed = again["spec"]["initContainers"][0]
    expected = orjson.loads(orjson.dumps(patched(asking())["spec"]["initContainers"][0]))
    expected["terminationMessagePath"] = "/dev/termination-log"
    expected["securityContext"]["seLinuxOptions"] = {"level": "s0:c1"}
    expected["env"].append({"name": "HTTPS_PROXY", "value": "http://proxy"})
    expected["resources"]["limits"]["ephemeral-storage"] = "1Gi"
    assert fixed == expected
    assert again["spec"]["volumes"][0] == {"name": token["name"], "projected": token["projected"]}


@pytest.mark.parametrize(("user", "stays"), [(1000650000, True), (1, True), (0, False), (-1, False), (True, False)])
def test_a_user_that_others_leave_is_not_root(user: int, stays: bool) -> None:
    """Where the platform gives the user, as on OpenShift, a copied Pod does not make our container root."""
    unset = {"AGENT_UNSET_USER": "true"}
    first = patched(asking(), **unset)
    first["spec"]["initContainers"][0]["securityContext"]["runAsUser"] = user
    again = decided(first, settings(**unset))
    assert isinstance(again, Unchanged if stays else Patched)
    if not stays:
        assert "runAsUser" not in patched(first, **unset)["spec"]["initContainers"][0]["securityContext"]


@pytest.mark.parametrize(
    "spec",
    [
        {
            "containers": [
                {"name": "app", "env": [{"name": "A", "valueFrom": {"fileKeyRef": {"volumeName": "omamori-env"}}}]}
            ]
        },
        {
            "containers": [
                {"name": "app", "command": ["/omamori/launch/omamori-launch", "/omamori/launch/env", "--", "x"]}
            ]
        },
        {"containers": [{"name": "app", "command": ["x", "/omamori/launch/omamori-launch"]}]},
        {"containers": [{"name": "app", "volumeMounts": [{"name": "omamori-files-0", "mountPath": "/x"}]}]},
        {"volumes": [{"name": "omamori-state", "emptyDir": {}}]},
    ],
)
def test_reserved_words_are_always_looked_at(spec: dict[str, Any]) -> None:
    """Whatever is asked for, a part with our words and without our container is refused at the first call."""
    for asked in ({"file.omamori.dev/a": "kv/a#k"}, {"env.omamori.dev/B": "kv/a#k"}):
        assert reasons(pod(asked, **{"containers": [{"name": "app"}], **spec})) == ["reserved-name"]


@pytest.mark.parametrize("gate", ["hook", "probe"])
def test_defaults_of_the_api_server_stay(gate: str) -> None:
    """A Pod as it is stored, with every default, is what we would write: a second call changes nothing."""
    asked = {"env.omamori.dev/A": "kv/a#k", "env.omamori.dev/B": "kv/b#k optional=true", "omamori.dev/mode": "sidecar"}
    stored = patched(pod(asked), SIDECAR_GATE=gate)
    for container in (*stored["spec"]["initContainers"], *stored["spec"]["containers"]):
        container["terminationMessagePath"] = "/dev/termination-log"
        for variable in container.get("env", []):
            if "fileKeyRef" in variable.get("valueFrom", {}):
                variable["valueFrom"]["fileKeyRef"].setdefault("optional", False)
    if gate == "probe":
        stored["spec"]["initContainers"][0]["startupProbe"]["successThreshold"] = 1
    stored["spec"]["volumes"][0]["projected"]["defaultMode"] = 420
    decision = decided(stored, settings(SIDECAR_GATE=gate))
    assert isinstance(decision, Unchanged)
    assert decision.reason == Reason.ALREADY_INJECTED


def test_what_is_no_default_does_not_stay() -> None:
    """An optional variable that no longer is one, and modes that nobody could read, are not kept."""
    stored = patched(pod({"env.omamori.dev/A": "kv/a#k optional=true"}))
    stored["metadata"]["annotations"]["env.omamori.dev/A"] = "kv/a#k"
    stored["spec"]["volumes"][0]["projected"]["defaultMode"] = 0
    again = patched(stored)["spec"]
    assert "optional" not in again["containers"][0]["env"][0]["valueFrom"]["fileKeyRef"]
    assert "defaultMode" not in again["volumes"][0]["projected"]


def test_a_patch_for_odd_parts_of_ours() -> None:
    """Parts of ours without a name, twice, or nulls do not make the difference fail."""
    first = patched(pod({"env.omamori.dev/A": "kv/a#k"}))
    raw = orjson.loads(orjson.dumps(first))
    ours_without_name = {"valueFrom": {"fileKeyRef": {"volumeName": "omamori-env", "path": "x", "key": "y"}}}
    raw["spec"]["containers"][0]["env"] += [ours_without_name, ours_without_name, {"name": None}]
    raw["spec"]["volumes"] += [{"name": "omamori-files-7", "emptyDir": {}}] * 2
    decision = decided(raw, settings())
    assert isinstance(decision, Patched)
    new = jsonpatch.apply_patch(raw, orjson.loads(orjson.dumps(decision.operations)))
    assert isinstance(decided(new, settings()), Unchanged)
    assert {"name": None} in new["spec"]["containers"][0]["env"]
