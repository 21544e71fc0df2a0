"""Argo Workflows' controller and executor: the example of docs/with/argo-workflows.md, and every kind of step.

The named tests T-AWF-1 and T-AWF-2 are among them; the Pods' containers are real ones.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.ecosystem.live.argoworkflows import LOG, ended, phases, pods_of, run
from tests.ecosystem.live.shop import PLACES, Shop, example, with_application
from tests.support.cluster.manifests import REPORT, container
from tests.support.cluster.vaultside import write_role
from webhook.workloads.manifest import parse_manifests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.install.installed import Installed

pytestmark = [pytest.mark.ecosystem, pytest.mark.timeout(900)]

NAMESPACE = "flow"
ALL = Path(__file__).with_name("workflows.yaml")
DB = "/vault/secrets/db.pass"
TOLD = {
    "extract": (DB,),
    "load": (DB, "env:STORE_TOKEN"),
    "first": (DB,),
    "second": (DB,),
    "farewell": (DB,),
}
OURS = "omamori-"
FAN_OUT = 50


@pytest.fixture(scope="module")
def flow(workflows: Installed) -> Iterator[Shop]:
    """A namespace of the Workflows' own, of which no schedule is left."""
    flow = Shop(workflows, NAMESPACE)
    flow.open("etl", "load")
    yield flow
    workflows.nodes.kubectl("delete", "cronworkflows", "--all", "-n", NAMESPACE)


@pytest.fixture(scope="module")
def values(flow: Shop) -> dict[str, str]:
    """The SHA-256 of the secrets' values."""
    return {
        "db": flow.write("secret/data/shop/db", "password")[1],
        "store": flow.write("secret/data/shop/store", "token")[1],
    }


def all_kinds(**spec: Any) -> dict[str, Any]:
    """Give the Workflow of workflows.yaml."""
    (parsed,) = parse_manifests(ALL.name, ALL.read_text())
    made: dict[str, Any] = with_application(dict(parsed.value), TOLD)
    made["spec"] |= spec
    return made


def one_step(name: str, annotations: Mapping[str, str], **spec: Any) -> dict[str, Any]:
    """Give a Workflow of one step."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"generateName": f"{name}-", "namespace": NAMESPACE},
        "spec": {
            "entrypoint": "step",
            "serviceAccountName": "etl",
            "podMetadata": {"annotations": dict(annotations)},
            "templates": [{"name": "step", "container": container("main", command=[*REPORT, DB])}],
            **spec,
        },
    }


def test_the_example(flow: Shop, values: dict[str, str]) -> None:
    """Both steps end well, each with what the page says."""
    shop = Shop(flow.inside, "shop")
    shop.open("etl", "load")
    (made,) = example("argo-workflows.yaml", {"extract": ("/vault/secrets/db.env",), "load": ("env:STORE_TOKEN",)})

    workflow = run(flow, made)

    assert workflow["status"]["phase"] == "Succeeded", workflow["status"]
    pods = pods_of(flow, workflow)
    assert shop.told(pods["load"], "main") == [values["store"]]
    assert len(shop.told(pods["extract"], "main")) == 1
    assert shop.told(pods["extract"], "main") != ["None"]


@pytest.fixture(scope="module")
def all_ended(flow: Shop, values: dict[str, str]) -> dict[str, Any]:
    """The Workflow of every kind, when it has ended."""
    assert values
    return run(flow, all_kinds())


def test_every_kind_of_step(flow: Shop, values: dict[str, str], all_ended: dict[str, Any]) -> None:
    """A DAG of two roles, a script, a container set, a step that is tried again, and an exit handler."""
    assert all_ended["status"]["phase"] == "Succeeded", all_ended["status"]
    (failed,) = [name for name, phase in phases(all_ended).items() if phase != "Succeeded"]
    assert failed == "again(0)"
    pods = pods_of(flow, all_ended)
    reported = {
        (template, each): flow.told(pods[template], each)
        for template, names in {
            "extract": ["main"],
            "load": ["main"],
            "set": ["first", "second"],
            "farewell": ["main"],
        }.items()
        for each in names
    }
    assert reported.pop(("load", "main")) == [values["db"], values["store"]]
    assert set(map(tuple, reported.values())) == {(values["db"],)}
    script = pods["script"]["metadata"]["name"]
    assert values["db"] in flow.inside.nodes.kubectl("logs", script, "-n", NAMESPACE, "-c", "main").splitlines()


def test_argos_own_are_untouched(flow: Shop, all_ended: dict[str, Any]) -> None:
    """Without annotations the Pods have the same containers, in the same order, with the same commands."""
    plain = all_kinds(podMetadata={})
    plain["metadata"]["generateName"] = "bare-"
    for template in plain["spec"]["templates"]:
        template.pop("metadata", None)
    bare = pods_of(flow, run(flow, plain))
    injected = pods_of(flow, all_ended)

    assert set(bare) == set(injected) == {"extract", "load", "script", "set", "again", "farewell"}
    for template, pod in injected.items():
        theirs = [each["name"] for each in bare[template]["spec"]["containers"]]
        assert [each["name"] for each in pod["spec"]["containers"]] == theirs
        for each, other in zip(pod["spec"]["containers"], bare[template]["spec"]["containers"], strict=True):
            assert each["command"] == other["command"]
            mounts = [one["mountPath"] for one in each["volumeMounts"] if one["name"].startswith(OURS)]
            assert bool(mounts) == (each["name"] != "wait"), (template, each["name"], mounts)


def test_a_refusal_is_the_nodes_message(flow: Shop) -> None:
    """A path that the role does not grant: the message of the node says which, and what to do."""
    workflow = run(flow, one_step("refused", {"file.omamori.dev/db.pass": "secret/data/other/db#password"}))

    assert workflow["status"]["phase"] in {"Failed", "Error"}
    (node,) = workflow["status"]["nodes"].values()
    assert "secret/data/other/db" in node["message"], node["message"]
    assert "permission denied" in node["message"]


@pytest.mark.parametrize("mode", ["init", "sidecar"])
def test_the_step_after(flow: Shop, values: dict[str, str], show: Callable[[str], None], mode: str) -> None:
    """A step ends in each mode; how long after its containers' end the next one begins is told."""
    annotations = {"file.omamori.dev/db.pass": "secret/data/shop/db#password", "omamori.dev/mode": mode}
    steps = [[{"name": name, "template": "step"}] for name in ("one", "two")]
    made = one_step(mode, annotations, entrypoint="both")
    made["spec"]["templates"].append({"name": "both", "steps": steps})

    workflow = run(flow, made)

    assert workflow["status"]["phase"] == "Succeeded", workflow["status"]
    first, second = sorted(
        (each for each in workflow["status"]["nodes"].values() if each["type"] == "Pod"),
        key=lambda node: node["startedAt"],
    )
    selector = f"workflows.argoproj.io/workflow={workflow['metadata']['name']}"
    pods = {each["metadata"]["annotations"]["workflows.argoproj.io/node-id"]: each for each in flow.pods(selector)}
    assert flow.told(pods[second["id"]], "main") == [values["db"]]
    status = pods[first["id"]]["status"]
    ends = {
        each["name"]: each["state"]["terminated"]["finishedAt"]
        for each in (*status["initContainerStatuses"], *status["containerStatuses"])
    }
    main = moment(ends["main"])
    told = ", ".join(f"{name} {(moment(end) - main).total_seconds():+.0f} s" for name, end in ends.items())
    wait = (moment(second["startedAt"]) - main).total_seconds()
    show(
        f"mode {mode}: the next step begins {wait:.0f} s after the end of main; ends: {told}; "
        f"node {(moment(first['finishedAt']) - main).total_seconds():+.0f} s"
    )


def moment(written: str) -> dt.datetime:
    """Parse a time of Kubernetes."""
    return dt.datetime.fromisoformat(written)


def test_a_schedule_and_fifty_at_once(flow: Shop, show: Callable[[str], None]) -> None:
    """A CronWorkflow fires, while a step runs for each of fifty items, and no token of theirs is left in Vault."""
    annotations = {"file.omamori.dev/db.pass": "secret/data/shop/db#password"}
    write_role(flow.inside.vault, NAMESPACE, "etl", token_type="service")  # a batch token is nowhere
    before = set(flow.inside.vault.admin.list("auth/token/accessors"))
    scheduled = one_step("ticks", annotations)
    scheduled |= {"kind": "CronWorkflow", "metadata": {"name": "ticks", "namespace": NAMESPACE}}
    scheduled["spec"] = {"schedules": ["* * * * *"], "workflowSpec": scheduled["spec"]}
    flow.inside.nodes.apply(scheduled)
    many = one_step("many", annotations, entrypoint="each", podGC={"strategy": "OnPodCompletion"})
    items = {"name": "each", "template": "step", "withItems": list(range(FAN_OUT))}
    many["spec"]["templates"].append({"name": "each", "steps": [[items]]})
    started = dt.datetime.now(dt.UTC)

    workflow = run(flow, many)

    show(f"{FAN_OUT} steps at once: {(dt.datetime.now(dt.UTC) - started).total_seconds():.0f} s")
    assert workflow["status"]["phase"] == "Succeeded", workflow["status"]
    assert list(phases(workflow).values()) == ["Succeeded"] * FAN_OUT
    selector = "workflows.argoproj.io/cron-workflow=ticks"
    (tick, *_) = flow.wait(
        lambda: flow.inside.nodes.get("workflows", "-n", NAMESPACE, "-l", selector)["items"], "the schedule fires"
    )
    assert ended(flow, tick["metadata"]["name"], NAMESPACE)["status"]["phase"] == "Succeeded"
    label = f"workflows.argoproj.io/workflow={workflow['metadata']['name']}"
    flow.wait(lambda: not flow.inside.nodes.get("pods", "-n", NAMESPACE, "-l", label)["items"], "its Pods are deleted")
    flow.wait(lambda: set(flow.inside.vault.admin.list("auth/token/accessors")) <= before, "no token is left")


@pytest.mark.parametrize("place", PLACES)
def test_no_canary(flow: Shop, place: str) -> None:
    """No secret is left there, where the names of this story are."""
    flow.search(place, LOG)
