"""deploy/argo-cd: the health check of a Pod, run by Lua 5.1 with the libraries that Argo CD gives to it.

The test T-ACD-4 of the list of deployment systems, for the one check that omamori has: it has no resource of its own.
Facts: gopher-lua is Lua 5.1, and Argo CD opens its package, base, table and os libraries (util/lua/lua.go of 3.6.1). A
script that returns nil leaves the resource to the built-in check (ExecuteHealthLua there, since 2.14 at the latest).
"""

from __future__ import annotations

from typing import Any

import pytest
from lupa.lua51 import LuaRuntime
from ruamel.yaml import YAML

from tests.docs.pages import PROJECT
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
