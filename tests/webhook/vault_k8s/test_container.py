"""Our container in a Pod of vault-k8s, and which containers get the files."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.webhook.builders import secured
from tests.support.webhook.vault_k8s import DOMAIN, admitted, asking, mounted, named, our_container, plan_in, refusals

TWO: dict[str, Any] = {"containers": [{"name": "app"}, {"name": "worker"}]}
SIGNAL = named(agent_inject_command_db="pkill -HUP nginx", agent_share_process_namespace="true")


def _names(new: dict[str, Any], kind: str = "initContainers") -> list[str]:
    return [each["name"] for each in new["spec"][kind]]


def test_sidecar_by_default() -> None:
    """What vault-k8s does by an init container and a sidecar, one native sidecar does: a Job ends without it."""
    new, warnings = admitted(asking(**TWO))
    plan = plan_in(new)
    assert (_names(new), _names(new, "containers")) == (["omamori-sidecar"], ["app", "worker"])
    assert our_container(new)["restartPolicy"] == "Always"
    assert (plan.mode, plan.refresh_seconds, warnings) == ("sidecar", 300, ())


@pytest.mark.parametrize(
    ("interval", "seconds"), [("1h", 3600), ("60", 60), ("", 300), ("0", 300), ("10ms", 1), ("240h", 86400)]
)
def test_interval(interval: str, seconds: int) -> None:
    """How often static secrets are read again, within our bounds."""
    new, _ = admitted(asking(named(template_static_secret_render_interval=interval)))
    assert plan_in(new).refresh_seconds == seconds


def test_position() -> None:
    """Our container is the last of the init containers, or the first; only then do others have something to read."""
    raw = {**TWO, "initContainers": [{"name": "a"}, {"name": "istio-proxy", "restartPolicy": "Always"}, {"name": "b"}]}
    last, _ = admitted(asking(**raw))
    assert _names(last) == ["a", "istio-proxy", "b", "omamori-sidecar"]
    assert [name for name in ("a", "istio-proxy", "b") if mounted(last, name)] == []
    first, _ = admitted(asking(named(agent_init_first="true"), **raw))
    assert _names(first) == ["omamori-sidecar", "a", "istio-proxy", "b"]
    assert [name for name in ("a", "istio-proxy", "b", "app", "worker") if mounted(first, name)] == [
        "a",
        "b",
        "app",
        "worker",
    ]
    without, _ = admitted(asking(named(agent_init_first="true", agent_pre_populate="false"), **raw))
    assert _names(without)[-1] == "omamori-sidecar"


def test_named_containers() -> None:
    """Only the named containers get files; the init containers behind ours get them all the same."""
    more = named(agent_inject_containers="worker, gone", agent_init_first="true")
    new, warnings = admitted(asking(more, **TWO, initContainers=[{"name": "a"}]))
    assert [name for name in ("a", "app", "worker") if mounted(new, name)] == ["a", "worker"]
    assert warnings == (
        f"{DOMAIN}/agent-inject-containers: there is no container gone in spec.containers; it is passed over",
    )
    (problem,) = refusals(asking(named(agent_inject_containers="gone"), **TWO))
    assert problem.endswith("names no container of the Pod; there are: app, worker")


def test_mounts_are_read_only() -> None:
    """The application reads its files, and does not write to them."""
    new, _ = admitted(asking(named(secret_volume_path="/srv/s/"), **TWO))
    for container in new["spec"]["containers"]:
        assert container["volumeMounts"] == [{"name": "omamori-files-0", "mountPath": "/srv/s", "readOnly": True}]


def test_a_mount_in_the_way() -> None:
    """The author is told which annotation sets another directory."""
    containers = [{"name": "app", "volumeMounts": [{"name": "x", "mountPath": "/vault"}]}]
    (problem,) = refusals(asking(containers=containers))
    assert problem.endswith(f"choose another with {DOMAIN}/secret-volume-path")


def test_resources() -> None:
    """Limits are taken down to what the files need; a request above its limit is brought down to it."""
    more = named(agent_limits_mem="16Mi", agent_requests_mem="128Mi", agent_limits_cpu="100m", agent_requests_cpu="2")
    new, warnings = admitted(asking(more))
    limits, requests = our_container(new)["resources"]["limits"], our_container(new)["resources"]["requests"]
    assert (limits["cpu"], requests["cpu"]) == ("100m", "100m")
    assert limits["memory"] == requests["memory"] == "51Mi"
    assert warnings == (f"{DOMAIN}/agent-limits-mem: raised to 51Mi, since the files are kept in memory",)
    plain, _ = admitted(asking())
    unset, _ = admitted(asking(named(agent_limits_mem="", agent_limits_cpu="0", agent_requests_ephemeral="")))
    assert our_container(plain)["resources"] == our_container(unset)["resources"]


@pytest.mark.parametrize(
    ("annotations", "user", "group"),
    [
        ({}, 65532, 65532),
        ({"agent_run_as_user": "1234"}, 1234, 1000),
        ({"agent_run_as_user": "1234", "agent_run_as_group": "0"}, 1234, 0),
        ({"agent_run_as_user": "0"}, 65532, 65532),
        ({"agent_run_as_group": "4321"}, 65532, 65532),
    ],
)
def test_user(annotations: dict[str, str], user: int, group: int) -> None:
    """Our container runs as the author says, with vault-k8s' group by default; never as root."""
    new, warnings = admitted(asking(named(**annotations)))
    security = our_container(new)["securityContext"]
    assert (security["runAsUser"], security["runAsGroup"], security["runAsNonRoot"]) == (user, group, True)
    assert [DOMAIN in each for each in warnings] == [True] * (annotations != {} and user == 65532)
    assert {each.mode for each in plan_in(new).templates} == {"0644"}


def test_same_user() -> None:
    """The first container's user, its own or the Pod's; where there is none, or it is root, the Pod is refused."""
    more = named(agent_run_as_same_user="true", agent_run_as_user="77")
    own = {
        "containers": [{"name": "app", "securityContext": secured(1500)}, {"name": "b"}],
        "securityContext": secured(9),
    }
    assert our_container(admitted(asking(more, **own))[0])["securityContext"]["runAsUser"] == 1500
    pods = {"containers": [{"name": "app"}], "securityContext": secured(9)}
    assert our_container(admitted(asking(more, **pods))[0])["securityContext"]["runAsUser"] == 9
    for wrong in ({}, {"securityContext": secured(0)}):
        (problem,) = refusals(asking(more, **wrong))
        assert problem.startswith(f"{DOMAIN}/agent-run-as-same-user: ")


def test_modes() -> None:
    """A file that its application cannot read is refused; where its author chose our user, it is warned of."""
    mine = {
        "containers": [{"name": "app", "securityContext": secured(1500)}, {"name": "b", "securityContext": secured(7)}]
    }
    secret = named(agent_inject_perms_db="0400")
    assert "mode=0400 cannot be read by container" in refusals(asking(secret, **mine))[0]
    _, warnings = admitted(asking({**secret, **named(agent_run_as_user="1234")}, **mine))
    assert [f"{DOMAIN}/agent-run-as-user" in each for each in warnings] == [True, True]


def test_variables_of_the_agent() -> None:
    """Templates read the variables that vault-k8s sets in its containers; where none does, they are not there."""
    assert {each["name"] for each in our_container(admitted(asking())[0])["env"]} == {"OMAMORI_PLAN"}
    new, _ = admitted(asking(named(agent_inject_template_db='{{ mustEnv "POD_IP" }}')))
    fields = {each["name"]: each["valueFrom"]["fieldRef"]["fieldPath"] for each in our_container(new)["env"][1:]}
    assert fields == {"POD_IP": "status.podIP"}
    text = '{{ env "NAMESPACE" }}{{ env "HOST_IP" }}{{ env "POD_IP" }}'
    assert len(our_container(admitted(asking(named(agent_inject_template_db=text)))[0])["env"]) == 4


def test_sharing() -> None:
    """The Pod's process namespace is shared where the author says so, and the Pod does not say otherwise."""
    new, _ = admitted(asking(named(agent_share_process_namespace="true")))
    assert new["spec"]["shareProcessNamespace"] is True
    for more in (
        {"agent_share_process_namespace": "false"},
        {"agent_share_process_namespace": "1", "agent_pre_populate": "f"},
    ):
        assert "shareProcessNamespace" not in admitted(asking(named(**more)))[0]["spec"]
    (problem,) = refusals(asking(named(agent_share_process_namespace="true"), shareProcessNamespace=False))
    assert problem.startswith(f"{DOMAIN}/agent-share-process-namespace: ")


def test_command() -> None:
    """A signal to a named process; it needs what a signal needs, and nothing runs yet in an init container."""
    user = {"containers": [{"name": "app", "securityContext": secured(1500)}]}
    new, _ = admitted(asking(SIGNAL, **user))
    plan = plan_in(new)
    assert (plan.on_change, plan.signal, plan.process) == ("signal", "HUP", "nginx")
    again = {**SIGNAL, **named(agent_inject_secret_b="kv/b", agent_inject_command_b="kill -1 $(pidof nginx)")}
    assert plan_in(admitted(asking(again, **user))[0]).process == "nginx"
    other = {**again, **named(agent_inject_command_b="pkill -HUP app")}
    assert "omamori sends one signal" in refusals(asking(other, **user))[0]
    assert "needs one runAsUser" in refusals(asking(SIGNAL))[0]
    without = refusals(asking(named(agent_inject_command_db="pkill nginx"), **user))
    assert without == [f"{DOMAIN}/agent-inject-command-…: a signal needs shareProcessNamespace: true in the Pod"]
    init, warnings = admitted(asking({**SIGNAL, **named(agent_pre_populate_only="true")}, **user))
    assert plan_in(init).on_change == ""
    assert "no signal is sent" in warnings[0]
