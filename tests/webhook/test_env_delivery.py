"""Who sets variables with `env-delivery: auto`: for each container the launcher, or the kubelet."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.webhook.builders import decided, patched, plan_of, pod, reasons, secured, settings
from webhook.admission.decision import Denied, Unchanged
from webhook.admission.pod.ownership import LAUNCH

AUTO = {"env.omamori.dev/A": "kv/a#k", "omamori.dev/env-delivery": "auto"}
COMMAND = ["/bin/app", "-v"]


def app(name: str = "app", **fields: Any) -> dict[str, Any]:
    """A container."""
    return {"name": name, "image": "app:1", **fields}


def is_launched(container: dict[str, Any]) -> bool:
    """Whether the launcher sets its variables, and then nobody else; the other way round for the kubelet."""
    launched: bool = container.get("command", [])[: len(LAUNCH)] == LAUNCH
    assert launched == ("omamori-launch-" in str(container.get("volumeMounts")))
    assert launched != ("fileKeyRef" in str(container.get("env")))
    return launched


@pytest.mark.parametrize("mode", ["init", "sidecar"])
@pytest.mark.parametrize("env_files", ["verify", "require", "assume", "never"])
@pytest.mark.parametrize(
    ("commands", "delivered"),
    [
        ([COMMAND], ["launcher"]),
        ([None], ["kubelet"]),
        ([[]], ["kubelet"]),
        ([COMMAND, None], ["launcher", "kubelet"]),
        ([None, COMMAND], ["kubelet", "launcher"]),
        ([COMMAND, None, COMMAND], ["launcher", "kubelet", "launcher"]),
    ],
)
def test_each_container_by_its_command(
    commands: list[list[str] | None], delivered: list[str], env_files: str, mode: str
) -> None:
    """A stated command is launched. The label, the check and the refusal of `never` are for the kubelet's alone."""
    containers = [
        app(f"c{number}", **({} if command is None else {"command": command}))
        for number, command in enumerate(commands)
    ]
    raw = pod({**AUTO, "omamori.dev/mode": mode}, containers=containers)
    by_kubelet = [number for number, each in enumerate(delivered) if each == "kubelet"]
    if env_files == "never" and by_kubelet:
        decision = decided(raw, settings(ENV_FILES="never"))
        assert isinstance(decision, Denied)
        assert [each.reason for each in decision.problems] == ["env-files"] * len(by_kubelet)
        for number, problem in zip(by_kubelet, decision.problems, strict=True):
            assert problem.where == "env.omamori.dev/A"
            assert f"container c{number} states no command" in problem.what
        return

    spec = patched(raw, ENV_FILES=env_files)["spec"]  # its second admission changes nothing

    is_checked = bool(by_kubelet) and env_files in {"verify", "require"}
    assert [is_launched(each) for each in spec["containers"]] == [each == "launcher" for each in delivered]
    checked = [number for number, each in enumerate(spec["containers"]) if "omamori-env-check" in str(each)]
    assert checked == (by_kubelet if is_checked else [])
    assert ("omamori-env-check" in str(spec["volumes"])) == is_checked
    has_label = bool(by_kubelet) and env_files == "require"
    assert spec.get("nodeSelector") == ({"omamori.dev/env-files": "true"} if has_label else None)
    made = plan_of(raw, ENV_FILES=env_files).env_files
    assert [each.kind for each in made] == delivered
    assert [each.has_check for each in made] == [each == "kubelet" and is_checked for each in delivered]
    assert [each.mode for each in made] == ["0444" if each == "launcher" else "0400" for each in delivered]
    places = [(each.directory, each.name) for each in made]
    assert len(set(places)) == len(places)
    for container in spec["containers"]:
        assert container.get("command", [])[-2:] in (COMMAND, [])


@pytest.mark.parametrize(
    ("env_files", "node", "command", "refused"),
    [
        ("require", "false", COMMAND, []),
        ("require", "false", None, ["env-files"]),
        ("require", "true", None, []),
        ("verify", "false", None, []),
    ],
)
def test_a_node_selector_that_contradicts(
    env_files: str, node: str, command: list[str] | None, refused: list[str]
) -> None:
    """It is in the way of what the kubelet sets alone."""
    raw = pod(AUTO, containers=[app(command=command)], nodeSelector={"omamori.dev/env-files": node})
    if refused:
        assert reasons(raw, {"ENV_FILES": env_files}) == refused
    else:
        patched(raw, ENV_FILES=env_files)


def test_the_problems_of_a_way_are_those_of_its_containers() -> None:
    """A reference is refused where the launcher sets the variable; a mount is in the way of one of both alone."""
    url = [{"name": "URL", "value": "x://$(A)@db"}]
    check = [{"name": "own", "mountPath": "/omamori/env-check"}]
    launch = [{"name": "own", "mountPath": "/omamori/launch"}]

    assert reasons(pod(AUTO, containers=[app(env=url, command=COMMAND), app("b", env=url)])) == ["reference"]
    assert reasons(pod(AUTO, containers=[app(volumeMounts=launch, command=COMMAND)])) == ["mount"]
    assert reasons(pod(AUTO, containers=[app(volumeMounts=check)])) == ["mount"]
    patched(pod(AUTO, containers=[app(volumeMounts=check, command=COMMAND), app("b", volumeMounts=launch)]))


def test_a_launched_container_reads_its_file_as_its_user() -> None:
    """Only whom the launcher serves reads a file itself; the kubelet reads as root, and its containers do not count."""
    launched = app(command=COMMAND, securityContext=secured(1000))
    plan = plan_of(pod(AUTO, containers=[launched, app("b", securityContext=secured(2000))]))

    assert [each.mode for each in plan.env_files] == ["0400", "0400"]
    [ours] = patched(pod(AUTO, containers=[launched, app("b", securityContext=secured(2000))]))["spec"][
        "initContainers"
    ]
    assert ours["securityContext"]["runAsUser"] == 1000


@given(
    st.lists(st.sampled_from([None, [], COMMAND, ["x"]]), min_size=1, max_size=4),
    st.sampled_from(["kubelet", "exec", "auto"]),
    st.sampled_from(["kubelet", "exec", "auto"]),
)
def test_a_copy_with_another_delivery(commands: list[list[str] | None], before: str, after: str) -> None:
    """A Pod that was injected by one way becomes by another what it would have been at once, or is refused alike."""
    containers = [app(f"c{number}", command=command) for number, command in enumerate(commands)]
    raw = pod({**AUTO, "omamori.dev/env-delivery": before}, containers=containers)
    asked = {"metadata": {"annotations": {**AUTO, "omamori.dev/env-delivery": after}}}
    can_launch = all(commands)
    if before == "exec" and not can_launch:
        assert reasons(raw) == ["command"] * sum(not each for each in commands)
        return
    copied = {**raw, "spec": patched(raw)["spec"], **asked}
    if after == "exec" and not can_launch:
        assert reasons(copied) == ["command"] * sum(not each for each in commands)
        return

    fresh = patched({**raw, **asked})["spec"]
    again = copied["spec"] if isinstance(decided(copied), Unchanged) else patched(copied)["spec"]

    names = [[each["name"] for each in one["volumes"]] for one in (again, fresh)]
    assert sorted(names[0]) == sorted(names[1])
    assert [each.get("command") or None for each in again["containers"]] == [
        each.get("command") or None for each in fresh["containers"]
    ]
    for one, other in zip(again["containers"], fresh["containers"], strict=True):
        assert (one.get("env") or []) == (other.get("env") or [])
        assert (one.get("volumeMounts") or []) == (other.get("volumeMounts") or [])
    assert again["initContainers"][0]["env"] == fresh["initContainers"][0]["env"]
