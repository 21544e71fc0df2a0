"""Environment variables: set by the kubelet from a file, or by the launcher in front of a command."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.support.webhook.builders import decided, patched, plan_of, pod, reasons
from vault.contract.names import ENV_CHECK_VARIABLE
from vault.contract.plan import EnvFile, Variable
from webhook.admission.decision import Denied, Unchanged
from webhook.admission.rawjson import MalformedReview

PASSWORD = {"env.omamori.dev/DB_PASSWORD": "secret/data/shop/db#password"}
TWO = {**PASSWORD, "env.omamori.dev/ALL": "secret/data/shop/db optional=true"}
EXEC = {"omamori.dev/env-delivery": "exec"}
LAUNCH = ["/omamori/launch/omamori-launch", "/omamori/launch/env", "--"]


def spec_after(raw: dict[str, Any], **variables: str) -> dict[str, Any]:
    """Give the spec of a Pod after the webhook."""
    spec: dict[str, Any] = patched(raw, **variables)["spec"]
    return spec


def app(**fields: Any) -> dict[str, Any]:
    """A container."""
    return {"name": "app", "image": "app:1", **fields}


def from_file(name: str, path: str = "app", **more: Any) -> dict[str, Any]:
    """A variable that the kubelet reads."""
    return {"name": name, "valueFrom": {"fileKeyRef": {"volumeName": "omamori-env", "path": path, "key": name, **more}}}


def check(path: str = "app") -> dict[str, Any]:
    """The variable without which the kubelet does not start a container."""
    return from_file(ENV_CHECK_VARIABLE, path)


def test_ours_come_first_in_the_order_of_annotations() -> None:
    """The author's own variables stand behind ours, so that they may use them."""
    own = [{"name": "URL", "value": "postgres://$(DB_PASSWORD)@db"}, {"name": "B", "value": "b"}]
    spec = spec_after(pod(TWO, containers=[app(env=own)]))

    assert spec["containers"][0]["env"] == [
        check(),
        from_file("DB_PASSWORD"),
        from_file("ALL", optional=True),
        *own,
    ]


def test_one_volume_that_no_container_of_the_pod_mounts() -> None:
    """The kubelet reads the file from our volume; only our container mounts it."""
    spec = spec_after(pod(TWO, containers=[app(), app(name="worker")]))

    [volume] = [each for each in spec["volumes"] if each["name"] == "omamori-env"]
    assert volume["emptyDir"] == {"medium": "Memory", "sizeLimit": "2Mi"}
    assert {each["name"] for one in spec["containers"] for each in one["volumeMounts"]} == {"omamori-env-check"}
    assert "/omamori/omamori-env" in [each["mountPath"] for each in spec["initContainers"][0]["volumeMounts"]]


def test_each_container_has_a_file_of_its_own() -> None:
    """A container gets its variables and no others, from the file with its name; the Plan says what is in each."""
    annotations = {
        **PASSWORD,
        "env.omamori.dev/worker-db": "secret/data/worker/db#password as=DB_PASSWORD encode=base64 containers=worker",
        "omamori.dev/containers": "app",
    }
    raw = pod(annotations, containers=[app(), app(name="worker")])
    spec = spec_after(raw)

    assert spec["containers"][1]["env"] == [check("worker"), from_file("DB_PASSWORD", "worker")]
    one = Variable(name="DB_PASSWORD", read=0, key="password", annotation="env.omamori.dev/DB_PASSWORD")
    two = Variable(name="DB_PASSWORD", read=1, key="password", encode="base64", annotation="env.omamori.dev/worker-db")
    directory = "/omamori/omamori-env"
    assert plan_of(raw).env_files == (
        EnvFile(directory=directory, name="app", mode="0400", variables=(one,), has_check=True),
        EnvFile(directory=directory, name="worker", mode="0400", variables=(two,), has_check=True),
    )


def test_files_and_variables_share_a_read() -> None:
    """One path is read once, whatever is made of it."""
    plan = plan_of(pod({**TWO, "file.omamori.dev/db.json": "secret/data/shop/db"}))

    assert [each.path for each in plan.reads] == ["secret/data/shop/db"]


def test_an_init_container_that_starts_after_ours() -> None:
    """Named, it gets its variables, too."""
    annotations = {"env.omamori.dev/A": "kv/a#b containers=migrate"}
    spec = spec_after(pod(annotations, initContainers=[app(name="migrate")]))

    assert [each["name"] for each in spec["initContainers"]] == ["omamori-init", "migrate"]
    assert spec["initContainers"][1]["env"] == [check("migrate"), from_file("A", "migrate")]


@pytest.mark.parametrize("choice", ["verify", "require"])
def test_a_container_starts_only_where_its_file_was_read(choice: str) -> None:
    """A mount needs a variable that the kubelet sets from the file; nobody but the served container has it."""
    spec = spec_after(pod(PASSWORD, containers=[app(), app(name="istio-proxy")]), ENV_FILES=choice)
    ours, [served, other] = spec["initContainers"], spec["containers"]

    assert served["env"][0] == check("app")
    mount = {"name": "omamori-env-check", "mountPath": "/omamori/env-check", "readOnly": True}
    assert served["volumeMounts"] == [{**mount, "subPathExpr": f"$({ENV_CHECK_VARIABLE})"}]
    assert [each["name"] for each in ours] == ["omamori-init"]
    assert "omamori-env-check" not in json.dumps([ours, other])
    assert [each for each in spec["volumes"] if each["name"] == "omamori-env-check"] == [
        {"name": "omamori-env-check", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}
    ]
    assert spec.get("nodeSelector") == ({"omamori.dev/env-files": "true"} if choice == "require" else None)


@pytest.mark.parametrize(
    "changed",
    [
        {"env": [{"name": ENV_CHECK_VARIABLE, "value": "yes"}]},
        {"volumeMounts": [{"name": "own", "mountPath": "/omamori/env-check"}]},
        {"volumeMounts": [{"name": "own", "mountPath": "/omamori"}]},
        {"terminationMessagePath": "/omamori/env-check/log"},
    ],
)
def test_nothing_takes_the_place_of_the_check(changed: dict[str, Any]) -> None:
    """An own variable would be taken for ours, and an own mount may keep ours from being made: both are refused."""
    [reason] = reasons(pod(PASSWORD, containers=[app(**changed)]))
    assert reason in {"declared", "mount"}
    spec_after(pod(PASSWORD, containers=[app(**changed)]), ENV_FILES="assume")
    assert reasons(pod({f"env.omamori.dev/{ENV_CHECK_VARIABLE}": "kv/a#b"})) == ["declared"]


def test_a_copied_mount_makes_no_reader() -> None:
    """A container of another webhook that copies the application's mounts gets no variable, and loses the mount."""
    raw = pod(PASSWORD)
    first = {**raw, "spec": spec_after(raw)}
    mounts = copy.deepcopy(first["spec"]["containers"][0]["volumeMounts"])
    first["spec"]["containers"].append(app(name="late", volumeMounts=mounts))

    late = spec_after(first)["containers"][1]
    assert not late.get("volumeMounts")
    assert not late.get("env")


def test_nothing_is_checked_where_nodes_are_known() -> None:
    """The administrator knows the nodes."""
    spec = spec_after(pod(PASSWORD), ENV_FILES="assume")

    assert "env-check" not in json.dumps(spec)
    assert [each["name"] for each in spec["initContainers"]] == ["omamori-init"]


def test_require_adds_to_a_node_selector() -> None:
    """The author's own stays; one that contradicts is refused."""
    spec = spec_after(pod(PASSWORD, nodeSelector={"disk": "ssd"}), ENV_FILES="require")
    assert spec["nodeSelector"] == {"disk": "ssd", "omamori.dev/env-files": "true"}
    same = spec_after(pod(PASSWORD, nodeSelector={"omamori.dev/env-files": "true"}), ENV_FILES="require")
    assert same["nodeSelector"] == {"omamori.dev/env-files": "true"}

    other = pod(PASSWORD, nodeSelector={"omamori.dev/env-files": "false"})
    assert reasons(other, {"ENV_FILES": "require"}) == ["env-files"]
    assert spec_after(pod({"file.omamori.dev/a": "kv/a"}), ENV_FILES="require").get("nodeSelector") is None


def test_never_leaves_the_launcher() -> None:
    """Where env files are not used, a Pod says that the launcher sets its variables, or is refused."""
    assert reasons(pod(PASSWORD), {"ENV_FILES": "never"}) == ["env-files"]
    spec_after(pod({**PASSWORD, **EXEC}, containers=[app(command=["app"])]), ENV_FILES="never")


@pytest.mark.parametrize("delivery", ["kubelet", "exec"])
def test_a_declared_variable_is_refused(delivery: str) -> None:
    """Two values for one name are a mistake; the message names the annotation, the variable and the container."""
    raw = pod(
        {**PASSWORD, "omamori.dev/env-delivery": delivery},
        containers=[app(command=["app"], env=[{"name": "DB_PASSWORD", "value": "x"}])],
    )
    decision = decided(raw)

    assert isinstance(decision, Denied)
    assert decision.message == (
        "omamori: env.omamori.dev/DB_PASSWORD: container app declares DB_PASSWORD itself; remove one of them"
    )


def test_a_name_twice_is_refused() -> None:
    """Two annotations for one variable of one container."""
    assert reasons(pod({**PASSWORD, "env.omamori.dev/b": "kv/b#k as=DB_PASSWORD"})) == ["duplicate"]


def test_the_launcher_stands_in_front_of_the_command() -> None:
    """Command, arguments and variables stay as they are, behind it; its volume is the container's own, read-only."""
    container = app(command=["/bin/app", "-v"], args=["$(X)"], env=[{"name": "X", "value": "1"}])
    raw = pod({**PASSWORD, **EXEC}, containers=[container, app(name="worker", command=["work"])])
    spec = spec_after(raw)

    launched, worker = spec["containers"]
    assert launched["command"] == [*LAUNCH, "/bin/app", "-v"]
    assert (launched["args"], launched["env"]) == (container["args"], container["env"])
    assert launched["volumeMounts"] == [{"name": "omamori-launch-0", "mountPath": "/omamori/launch", "readOnly": True}]
    assert worker["volumeMounts"][0]["name"] == "omamori-launch-1"
    assert [each["name"] for each in spec["initContainers"]] == ["omamori-init"]
    assert [(each.kind, each.name, each.mode) for each in plan_of(raw).env_files] == [("launcher", "env", "0444")] * 2


def test_the_emissary_keeps_its_place() -> None:
    """Argo's executor starts the command, and so stands in front of our launcher (rule R11)."""
    emissary = ["/var/run/argo/argoexec", "emissary", "--loglevel", "info", "--"]
    raw = pod({**PASSWORD, **EXEC}, containers=[app(command=[*emissary, "python", "--", "x.py"])])

    assert spec_after(raw)["containers"][0]["command"] == [*emissary, *LAUNCH, "python", "--", "x.py"]


def test_no_command_no_launcher() -> None:
    """The image's own command is not known here: such a container is refused."""
    raw = pod({**PASSWORD, **EXEC}, containers=[app(), app(name="worker", command=[])])
    assert reasons(raw) == ["command", "command"]


@pytest.mark.parametrize("command", ["app", {}, [1], [None]])
def test_a_command_of_another_shape(command: Any) -> None:
    """What is no list of strings is no Pod of the API server's."""
    with pytest.raises(MalformedReview, match="command is not a list of strings"):
        decided(pod({**PASSWORD, **EXEC}, containers=[app(command=command)]))


@pytest.mark.parametrize("path", ["/omamori/launch", "/omamori", "/omamori/launch/x"])
def test_a_mount_in_the_launchers_way(path: str) -> None:
    """Nothing may hide it."""
    mount = {"name": "own", "mountPath": path}
    assert reasons(pod({**PASSWORD, **EXEC}, containers=[app(command=["a"], volumeMounts=[mount])])) == ["mount"]


def test_a_copy_with_other_annotations_is_brought_up_to_date() -> None:
    """Variables and launcher of annotations that are gone are taken back; what the author wrote stays."""
    own = [{"name": "A", "value": "1"}]
    raw = pod({**PASSWORD, **EXEC}, containers=[app(command=["/bin/app"], env=own)])
    launched = {**raw, "spec": spec_after(raw)}

    by_kubelet = {**launched, "metadata": {"annotations": PASSWORD}}
    spec = spec_after(by_kubelet)
    assert spec["containers"][0]["command"] == ["/bin/app"]
    assert spec["containers"][0]["env"] == [check(), from_file("DB_PASSWORD"), *own]
    assert [each["name"] for each in spec["volumes"]] == ["omamori-token", "omamori-env", "omamori-env-check"]

    other = {"metadata": {"annotations": {"env.omamori.dev/OTHER": "kv/a#b"}}}
    again = spec_after({**raw, "spec": spec, **other})
    assert again["containers"][0]["env"] == [check(), from_file("OTHER"), *own]
    by_launcher = spec_after({**raw, "spec": again})
    assert by_launcher == spec_after(raw)


def test_later_call_serves_no_newcomer() -> None:
    """A container that was added after our first call gets no variables unless it is named."""
    raw = pod(PASSWORD)
    first = {**raw, "spec": spec_after(raw)}
    first["spec"]["containers"].append(app(name="late"))

    assert isinstance(decided(first), Unchanged)
