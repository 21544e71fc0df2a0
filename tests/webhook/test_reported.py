"""Faults of comparable systems, told in public: Pods whose author would find out too late."""

from __future__ import annotations

from typing import Any

import jsonpatch
import orjson
import pytest

from tests.support.webhook.builders import asking, decided, ours, patched, pod, reasons, settings
from webhook.admission.decision import Denied, Patched, Unchanged
from webhook.admission.reasons import Reason

WINDOWS: list[dict[str, Any]] = [
    {"os": {"name": "windows"}},
    {"nodeSelector": {"kubernetes.io/os": "windows"}},
    {"nodeSelector": {"beta.kubernetes.io/os": "windows"}},
    {"nodeSelector": {"node.kubernetes.io/windows-build": "10.0.20348"}},
    {"securityContext": {"windowsOptions": {"hostProcess": True}}, "hostNetwork": True},
    {"containers": [{"name": "app", "securityContext": {"windowsOptions": {"hostProcess": True}}}]},
    {"initContainers": [{"name": "i", "securityContext": {"windowsOptions": {"hostProcess": True}}}]},
]


def affinity(*terms: list[tuple[str, str, list[str]]], required: bool = True) -> dict[str, Any]:
    """A node affinity of terms, each a list of key, operator and values."""
    made = [
        {"matchExpressions": [{"key": key, "operator": operator, "values": values} for key, operator, values in term]}
        for term in terms
    ]
    if required:
        return {
            "affinity": {
                "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": made}}
            }
        }
    preferred = [{"weight": 1, "preference": each} for each in made]
    return {"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}}


OS, OLD = "kubernetes.io/os", "beta.kubernetes.io/os"
WINDOWS += [
    affinity([(OS, "In", ["windows"])]),
    affinity([(OLD, "In", ["windows"])]),
    affinity([(OS, "NotIn", ["linux"])]),
    affinity([("zone", "In", ["a"]), (OS, "In", ["windows"])]),
    affinity([(OS, "In", ["windows"])], [(OLD, "NotIn", ["linux", "darwin"])]),
    affinity([(OS, "In", ["windows"])], []),  # an empty term matches no node
]
LINUX: list[dict[str, Any]] = [
    affinity([(OS, "In", ["linux"])]),
    affinity([(OS, "In", ["windows", "linux"])]),
    affinity([(OS, "NotIn", ["windows"])]),
    affinity([(OS, "Exists", [])]),
    affinity([(OS, "In", ["windows"])], [("zone", "In", ["a"])]),
    affinity([(OS, "In", ["windows"])], required=False),
    affinity([]),
    {"affinity": {}},
    {"os": {"name": "linux"}},
    {"nodeSelector": {"kubernetes.io/os": "linux"}},
    {"securityContext": {"windowsOptions": {"hostProcess": False}}},
]


@pytest.mark.parametrize("spec", WINDOWS)
def test_windows(spec: dict[str, Any]) -> None:
    """A Pod that can run on Windows alone is refused, however it says so."""
    assert reasons(asking(**spec)) == ["windows"]


@pytest.mark.parametrize("spec", LINUX)
def test_not_windows(spec: dict[str, Any]) -> None:
    """A preference, an alternative or a double negation is not certain, and such a Pod is served."""
    assert isinstance(decided(asking(**spec)), Patched)


def test_windows_options_are_a_hint() -> None:
    """A user name that only Windows reads gets a warning."""
    decision = decided(asking(securityContext={"windowsOptions": {"runAsUserName": "ContainerUser"}}))
    assert isinstance(decision, Patched)
    assert any("Windows" in each for each in decision.warnings)


def served(labels: dict[str, str], *names: str, **variables: str) -> list[str]:
    """The containers that get files, of these."""
    raw = asking(containers=[{"name": name, "image": "i"} for name in names])
    raw["metadata"]["labels"] = labels
    return [each["name"] for each in patched(raw, **variables)["spec"]["containers"] if each.get("volumeMounts")]


@pytest.mark.parametrize(
    ("labels", "name", "is_tool"),
    [
        ({"serving.knative.dev/revision": "r"}, "queue-proxy", True),
        ({}, "queue-proxy", False),
        ({}, "airflow-xcom-sidecar", True),
        ({}, "kuma-sidecar", True),
        ({}, "otc-container", True),
        ({"tekton.dev/taskRun": "t"}, "sidecar-docker", True),
        ({}, "sidecar-docker", False),
        ({"tekton.dev/taskRun": "t"}, "step-build", False),
        ({"workflows.argoproj.io/workflow": "w"}, "wait", True),
        ({}, "wait", False),
        ({}, "istio-proxy", True),
        ({}, "cloud-sql-proxy", False),
        ({}, "envoy", False),
    ],
)
def test_tools(labels: dict[str, str], name: str, is_tool: bool) -> None:
    """What a tool adds gets no secrets; what an author writes does, whatever its name."""
    assert served(labels, "app", name) == (["app"] if is_tool else ["app", name])


def test_knative_with_the_launcher() -> None:
    """The tool's container states no command, and does not keep the author's from getting variables."""
    raw = pod(
        {"env.omamori.dev/A": "kv/a#k", "omamori.dev/env-delivery": "exec"},
        containers=[{"name": "user-container", "command": ["app"]}, {"name": "queue-proxy"}],
    )
    raw["metadata"]["labels"] = {"serving.knative.dev/revision": "r"}
    assert isinstance(decided(raw), Patched)


def storage(raw: dict[str, Any], **variables: str) -> tuple[str | None, str | None]:
    """Our container's request and limit of ephemeral storage."""
    resources = ours(raw, **variables)["resources"]
    return resources["requests"].get("ephemeral-storage"), resources["limits"].get("ephemeral-storage")


def with_storage(*amounts: tuple[str, str], **annotations: str) -> dict[str, Any]:
    """A Pod whose containers have these requests and limits, "" for none."""
    made = []
    for number, (request, limit) in enumerate(amounts):
        named = {"requests": request, "limits": limit}
        resources = {kind: {"ephemeral-storage": amount} for kind, amount in named.items() if amount}
        made.append({"name": f"c{number}", "image": "i", "resources": resources})
    asked = {f"omamori.dev/{name}": value for name, value in annotations.items()}
    return pod({"file.omamori.dev/a": "kv/a#k", **asked}, containers=made)


SETTINGS = {"AGENT_EPHEMERAL_STORAGE_REQUEST": "5Mi", "AGENT_EPHEMERAL_STORAGE_LIMIT": "6Mi"}


@pytest.mark.parametrize(
    ("amounts", "stated", "variables", "expected"),
    [
        ([("", "")], "", {}, (None, None)),
        ([("1Gi", "2Gi")], "", {}, ("1Gi", "2Gi")),
        ([("10Mi", "20Mi"), ("1Gi", "1Gi")], "", {}, ("10Mi", "20Mi")),
        ([("1Gi", "1Gi"), ("", "")], "", {}, (None, None)),
        ([("", "1Gi")], "", {}, (None, "1Gi")),
        ([("", "")], "ephemeral-storage=10Mi ephemeral-storage-limit=20Mi", {}, ("10Mi", "20Mi")),
        ([("", "")], "ephemeral-storage=10Mi", {}, ("10Mi", None)),
        ([("1Gi", "1Gi")], "ephemeral-storage=100Mi", {}, ("100Mi", "1Gi")),
        ([("1Mi", "1Mi")], "ephemeral-storage=100Mi", {}, ("100Mi", "100Mi")),
        ([("", "")], "", SETTINGS, ("5Mi", "6Mi")),
        ([("", "")], "ephemeral-storage=10Mi", SETTINGS, ("10Mi", "10Mi")),
    ],
)
def test_ephemeral_storage(
    amounts: list[tuple[str, str]], stated: str, variables: dict[str, str], expected: tuple[str | None, str | None]
) -> None:
    """It is what the author says, else the administrator, else the least where every container has it."""
    annotations = {"resources": stated} if stated else {}
    assert storage(with_storage(*amounts, **annotations), **variables) == expected


def test_ephemeral_storage_that_contradicts_itself() -> None:
    """A request above its own limit is refused."""
    raw = with_storage(("", ""), resources="ephemeral-storage=2Gi ephemeral-storage-limit=1Gi")
    assert reasons(raw) == ["resources"]


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("auth/token/lookup-self#id", True),
        ("auth/token/renew-self#client_token", True),
        ("auth/token/create#client_token", True),
        ("auth/token/create/ci", True),
        ("auth/token/create-orphan", True),
        ("cubbyhole/x#y", True),
        ("auth/approle/role/ci/role-id#role_id", False),
        ("secret/data/auth/token/lookup-self#id", False),
        ("kv/cubbyhole/x", False),
        ("identity/oidc/token/app#token", False),
    ],
)
def test_what_ends_with_our_login(path: str, refused: bool) -> None:
    """The login's own token, and what hangs on it, is refused: it would be revoked before the application reads it."""
    decision = decided(pod({"file.omamori.dev/a": path}))
    assert isinstance(decision, Denied) == refused
    if refused:
        assert "omamori's own login" in decision.message  # type: ignore[union-attr]
        assert reasons(pod({"env.omamori.dev/A": path})) == ["token"]


def launched(**container: Any) -> dict[str, Any]:
    """A Pod whose variable the launcher sets."""
    annotations = {"env.omamori.dev/DB_PASSWORD": "kv/a#k", "omamori.dev/env-delivery": "exec"}
    return pod(annotations, containers=[{"name": "app", "command": ["/app"], **container}])


IN_PROBE = {"exec": {"command": ["check", "$(DB_PASSWORD)"]}}


@pytest.mark.parametrize(
    ("container", "place"),
    [
        ({"command": ["/app", "$(DB_PASSWORD)"]}, "command"),
        ({"args": ["--password=$(DB_PASSWORD)"]}, "args"),
        ({"env": [{"name": "URL", "value": "postgres://shop:$(DB_PASSWORD)@db"}]}, "variable URL"),
        ({"args": ["$$$(DB_PASSWORD)"]}, "args"),
        ({"volumeMounts": [{"name": "v", "mountPath": "/v", "subPathExpr": "$(DB_PASSWORD)"}]}, "subPathExpr"),
        ({"livenessProbe": IN_PROBE}, "livenessProbe"),
        ({"readinessProbe": IN_PROBE}, "readinessProbe"),
        ({"startupProbe": IN_PROBE}, "startupProbe"),
        ({"lifecycle": {"postStart": IN_PROBE}}, "lifecycle.postStart"),
        ({"lifecycle": {"preStop": IN_PROBE}}, "lifecycle.preStop"),
        ({"args": ["$$(DB_PASSWORD)"]}, None),
        ({"args": ["$$$$(DB_PASSWORD)"]}, None),
        ({"args": ["$(DB_PASSWORD"]}, None),
        ({"args": ["$(OTHER)"], "env": [{"name": "OTHER", "value": "x"}]}, None),
        ({"args": ["$(db_password)"]}, None),
        ({"command": ["sh", "-c", "echo $DB_PASSWORD ${DB_PASSWORD}"]}, None),
        ({"livenessProbe": {"httpGet": {"path": "/$(DB_PASSWORD)"}}}, None),
    ],
)
def test_references_to_what_the_launcher_sets(container: dict[str, Any], place: str | None) -> None:
    """`$(NAME)` of a variable of ours, which the kubelet would leave as it is, is refused where it stands."""
    decision = decided(launched(**container))
    if place is None:
        assert isinstance(decision, Patched), decision
        return
    assert isinstance(decision, Denied)
    assert [each.reason for each in decision.problems] == ["reference"]
    assert f"{place} of container app has $(DB_PASSWORD)" in decision.message


def test_references_to_what_the_kubelet_sets() -> None:
    """By the kubelet the same text is right."""
    raw = launched(args=["$(DB_PASSWORD)"])
    del raw["metadata"]["annotations"]["omamori.dev/env-delivery"]
    assert isinstance(decided(raw), Patched)


@pytest.mark.parametrize(
    "name", ["app.toml", "app.conf", ".pgpass", "my.ini", "logback.xml", "a.json.tmpl", "x/app.cfg"]
)
def test_extensions_without_a_format(name: str) -> None:
    """A whole secret under a name that promises another format than JSON is refused; with format= it is taken."""
    decision = decided(pod({"file.omamori.dev/a": f"kv/a as={name}"}))
    assert isinstance(decision, Denied)
    assert "set format=" in decision.message
    assert isinstance(decided(pod({"file.omamori.dev/a": f"kv/a as={name} format=json"})), Patched)
    assert isinstance(decided(pod({"file.omamori.dev/a": f"kv/a#k as={name}"})), Patched)


@pytest.mark.parametrize("name", ["app.json", "app.JSON", "credentials", "db", "x.y/credentials", "a.yml", "b.env"])
def test_extensions_with_one(name: str) -> None:
    """JSON for .json and for names without an extension, and what the others say."""
    assert isinstance(decided(pod({"file.omamori.dev/a": f"kv/a as={name}"})), Patched)


@pytest.mark.parametrize(
    "annotation",
    [
        *("file.omamori.dev/a/b", "file.omamori.dev/.pgpass", "file.omamori.dev/my file", "env.omamori.dev/_X"),
        *("file.omamori.dev/" + "a" * 64, "file.omamori.dev/", "file.omamori.dev/a-"),
    ],
)
def test_keys_that_no_api_server_takes(annotation: str) -> None:
    """They are refused here as well, so that a demo and a suggestion say so; as= gives the name."""
    decision = decided(pod({annotation: "kv/a#k"}))
    assert isinstance(decision, Denied)
    assert "as=" in decision.message or "empty" in decision.message


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
    stored = patched(pod(asked), START=gate)
    for container in (*stored["spec"]["initContainers"], *stored["spec"]["containers"]):
        container["terminationMessagePath"] = "/dev/termination-log"
        for variable in container.get("env", []):
            if "fileKeyRef" in variable.get("valueFrom", {}):
                variable["valueFrom"]["fileKeyRef"].setdefault("optional", False)
    if gate == "probe":
        stored["spec"]["initContainers"][0]["startupProbe"]["successThreshold"] = 1
    stored["spec"]["volumes"][0]["projected"]["defaultMode"] = 420
    decision = decided(stored, settings(START=gate))
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
