"""Argo CD: what it compares of a Pod stays, and the health check of deploy/argo-cd, by a Lua with Argo CD's libraries.

The tests T-ACD-2, of Pods, and T-ACD-4 of the list of deployment systems; the latter for the one check that omamori
has, as it has no resource of its own. What T-ACD-1 asks of the chart is in tests/chart/test_gitops.py.
Facts: gopher-lua is Lua 5.1, and Argo CD opens its package, base, table and os libraries (util/lua/lua.go of 3.6.1). A
script that returns nil leaves the resource to the built-in check (ExecuteHealthLua there, since 2.14 at the latest).
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from lupa.lua51 import LuaRuntime
from ruamel.yaml import YAML

from tests.docs.pages import PROJECT
from tests.support.webhook.builders import patched
from tests.support.webhook.builders import pod as asking
from tests.support.webhook.mutation import CORPUS
from webhook.admission.pod.names import CONTAINER_NAME, SIDECAR_NAME

FILE = PROJECT / "deploy/argo-cd/argocd-cm.yaml"
MESSAGE = '{"level": "error", "reason": "path-refused", "message": "Vault refuses secret/data/shop/mail"}'
FAILED = {"exitCode": 12, "reason": "Error", "message": MESSAGE}
BACK_OFF = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting failed container"}}


def health(pod: dict[str, Any]) -> dict[str, str] | None:
    """Return what the check says of a Pod; None: it is left to Argo CD's own."""
    script = YAML(typ="safe", pure=True).load(FILE.read_text())["data"]["resource.customizations.health.Pod"]
    lua = LuaRuntime(register_eval=False, register_builtins=False)
    lua.execute('getmetatable("").__index = nil')
    for name in ("string", "math", "io", "debug", "coroutine"):
        lua.globals()[name] = None
    lua.globals()["obj"] = lua.table_from(pod, recursive=True)
    found = lua.execute(script)
    return None if found is None else dict(found)


def pod(*containers: dict[str, Any], phase: str = "Pending", policy: str = "Always") -> dict[str, Any]:
    """Make a Pod with the statuses of init containers."""
    status = {"phase": phase, "initContainerStatuses": list(containers)}
    return {"spec": {"restartPolicy": policy}, "status": status}


def ours(state: dict[str, Any], last: dict[str, Any] | None = None, name: str = CONTAINER_NAME) -> dict[str, Any]:
    """Make the status of our container."""
    return {"name": name, "state": state, "lastState": last or {}}


@pytest.mark.parametrize("name", [CONTAINER_NAME, SIDECAR_NAME])
@pytest.mark.parametrize(
    ("state", "last"),
    [
        ({"terminated": FAILED}, {}),
        (BACK_OFF, {"terminated": FAILED}),
        ({"running": {"startedAt": "2026-01-01T00:00:00Z"}}, {"terminated": FAILED}),
    ],
    ids=["failed", "waits", "tries again"],
)
def test_our_message(name: str, state: dict[str, Any], last: dict[str, Any]) -> None:
    """While our container fails, waits and tries again, the Pod is Degraded with the container's message."""
    other = {"name": "istio-proxy", "state": {"running": {}}, "lastState": {}}
    assert health(pod(other, ours(state, last, name))) == {"status": "Degraded", "message": MESSAGE}


@pytest.mark.parametrize(
    "value",
    [
        {"spec": {"restartPolicy": "Always"}},
        {"spec": {"restartPolicy": "Always"}, "status": {"phase": "Pending"}},
        pod(ours({"waiting": {"reason": "PodInitializing"}})),
        pod(ours({"running": {}})),
        pod(ours({"terminated": {"exitCode": 0, "reason": "Completed"}})),
        pod(ours({"terminated": {"exitCode": 137, "reason": "OOMKilled"}})),
        pod(ours(BACK_OFF, {"terminated": FAILED}, name="migrate")),
        pod(ours(BACK_OFF, {"terminated": FAILED}), policy="OnFailure"),
        pod(ours({"terminated": FAILED}), policy="Never", phase="Failed"),
        pod(ours({"running": {}}, {"terminated": FAILED}, name=SIDECAR_NAME), phase="Running"),
    ],
    ids=[
        *("no status", "no container yet", "waits for its start", "runs", "done", "without a message"),
        *("another's", "a hook that is tried again", "failed for good", "a sidecar that runs again"),
    ],
)
def test_left_to_argo_cd(value: dict[str, Any]) -> None:
    """Every other Pod is left to the built-in check."""
    assert health(value) is None


def differences(desired: Any, live: Any, place: str = "") -> Iterator[str]:
    """Yield what is declared and is otherwise in the cluster; items of a list are found by their merge key.

    A model of Argo CD's comparison by default: what only the cluster has is no difference.
    """
    if isinstance(desired, dict) and isinstance(live, dict):
        for name, each in desired.items():
            yield from differences(each, live.get(name), f"{place}.{name}")
    elif isinstance(desired, list) and isinstance(live, list) and (key := merge_key(desired)) is not None:
        by_key = {each.get(key): each for each in live}
        for each in desired:
            yield from differences(each, by_key.get(each[key]), f"{place}[{each[key]}]")
    elif desired != live:
        yield place


def merge_key(items: list[Any]) -> str | None:
    """Return the member by which Kubernetes merges such a list; None: it is replaced as a whole."""
    keys = ("mountPath", "name", "containerPort")
    return next((key for key in keys if all(isinstance(each, dict) and key in each for each in items)), None)


@pytest.mark.parametrize("shape", [each["shape"] for each in CORPUS if each["shape"] not in {"Windows", "mirror"}])
def test_stays_synced(shape: str) -> None:
    """T-ACD-2: what a Pod's manifest declares is in the patched Pod as it was, so nothing is out of sync."""
    (raw,) = [each["pod"] for each in CORPUS if each["shape"] == shape]
    assert list(differences(raw, patched(deepcopy(raw)))) == []


def test_the_launcher_changes_a_command() -> None:
    """A bare Pod in Git whose variables the launcher sets has another command than in Git, as the page says."""
    annotations = {"omamori.dev/env-delivery": "exec", "env.omamori.dev/A": "kv/a#b"}
    raw = asking(annotations, containers=[{"name": "app", "command": ["/app"]}])
    assert list(differences(raw, patched(deepcopy(raw)))) == [".spec.containers[app].command"]
