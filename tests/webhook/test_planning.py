"""Planning: which containers get what, as whom we run, and what cannot be."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhook.builders import asking, decided, pod, settings
from vault.contract import Plan, from_environment
from webhook.admission import Denied, Patched
from webhook.quantity import QuantityInvalid, parse_quantity, render_mebibytes


def spec_of(raw: dict[str, Any], **variables: str) -> dict[str, Any]:
    """Give what is added to the spec, by the path of each operation."""
    decision = decided(raw, settings(**variables))
    assert isinstance(decision, Patched), decision
    return {operation["path"]: operation["value"] for operation in decision.operations}


def ours(raw: dict[str, Any], **variables: str) -> dict[str, Any]:
    """Give our container."""
    found: dict[str, Any] = next(
        each
        for value in spec_of(raw, **variables).values()
        for each in (value if isinstance(value, list) else [value])
        if isinstance(each, dict) and each.get("name") == "omamori-init"
    )
    return found


def plan_of(raw: dict[str, Any], **variables: str) -> Plan:
    """Give the Plan, as the program in the Pod reads it."""
    return from_environment({each["name"]: each["value"] for each in ours(raw, **variables)["env"]})


def reasons(raw: dict[str, Any], using: dict[str, str] | None = None, **request: Any) -> list[str]:
    """Give the reasons why a Pod is refused."""
    decision = decided(raw, settings(**(using or {})), **request)
    assert isinstance(decision, Denied), decision
    return [problem.reason for problem in decision.problems]


def secured(user: int | None, group: int | None = None) -> dict[str, Any]:
    """A security context."""
    named = {"runAsUser": user, "runAsGroup": group}
    return {name: value for name, value in named.items() if value is not None}


@pytest.mark.parametrize(
    ("why", "containers", "of_pod", "annotation", "user", "group", "mode"),
    [
        ("the image decides", [None], {}, None, 65532, None, "0444"),
        ("one explicit user", [1000], {}, None, 1000, None, "0400"),
        ("the Pod's user", [None], {"runAsUser": 1000}, None, 1000, None, "0400"),
        ("the container's before the Pod's", [2000], {"runAsUser": 1000}, None, 2000, None, "0400"),
        ("equal users", [1000, 1000], {}, None, 1000, None, "0400"),
        ("different users", [1000, 2000], {}, None, 65532, None, "0444"),
        ("one known, one not", [1000, None], {}, None, 65532, None, "0444"),
        ("an fsGroup", [None], {"fsGroup": 3000}, None, 65532, None, "0440"),
        ("an fsGroup and different users", [1000, 2000], {"fsGroup": 3000}, None, 65532, None, "0440"),
        ("one user before an fsGroup", [1000], {"fsGroup": 3000}, None, 1000, None, "0400"),
        ("root", [0], {}, None, 65532, 0, "0440"),
        ("root and another", [0, 1000], {}, None, 65532, None, "0444"),
        ("root with an fsGroup", [0], {"fsGroup": 3000}, None, 65532, None, "0440"),
        ("stated by the author", [None], {}, "1234", 1234, None, "0400"),
    ],
)
def test_identity(
    why: str,
    containers: list[int | None],
    of_pod: dict[str, int],
    annotation: str | None,
    user: int,
    group: int | None,
    mode: str,
) -> None:
    """The table of webhook/identity.py, row by row."""
    raw = asking(
        containers=[{"name": f"c{n}", "securityContext": secured(each)} for n, each in enumerate(containers)],
        securityContext=of_pod,
    )
    if annotation:
        raw["metadata"]["annotations"]["omamori.dev/run-as-user"] = annotation

    security = ours(raw)["securityContext"]

    assert (security["runAsUser"], security.get("runAsGroup")) == (user, group), why
    assert plan_of(raw).outputs[0].mode == mode, why


def test_user_left_to_the_platform() -> None:
    """On OpenShift the platform gives every container of a namespace one user, and the Pod a group."""
    security = ours(asking(), INJECTOR_UNSET_USER="true")["securityContext"]

    assert "runAsUser" not in security
    assert security["runAsNonRoot"]
    assert plan_of(asking(), INJECTOR_UNSET_USER="true").outputs[0].mode == "0440"


@pytest.mark.parametrize(
    ("user", "mode", "outcome"),
    [
        (1000, "0400", "accepted"),
        (1000, "0044", "accepted"),
        (1000, "0040", "refused"),
        (None, "0400", "warned"),
        (None, "0444", "accepted"),
        (0, "0400", "warned"),
    ],
)
def test_mode_that_cannot_be_read(user: int | None, mode: str, outcome: str) -> None:
    """A mode is refused where the user is known and cannot read it, and warned of where nobody knows."""
    raw = pod(
        {"file.omamori.dev/a": f"kv/a#k mode={mode}"}, containers=[{"name": "app", "securityContext": secured(user)}]
    )
    decision = decided(raw)

    if outcome == "refused":
        assert isinstance(decision, Denied)
        assert decision.reason == "mode"
    else:
        assert isinstance(decision, Patched)
        assert any("may be unreadable" in each for each in decision.warnings) == (outcome == "warned")
        assert plan_of(raw).outputs[0].mode == mode
        assert plan_of(raw).warnings == decision.warnings


def test_stated_user_contradicts() -> None:
    """A stated user that is not the container's own is a mistake."""
    raw = asking(containers=[{"name": "app", "securityContext": secured(1000)}])
    raw["metadata"]["annotations"]["omamori.dev/run-as-user"] = "2000"
    assert reasons(raw) == ["run-as-user"]


def test_overlapping_sets() -> None:
    """Two containers with files of their own and one in common: a volume each, the common file in both, read once."""
    annotations = {
        "file.omamori.dev/both": "kv/both#k",
        "file.omamori.dev/a": "kv/a#k containers=a",
        "file.omamori.dev/b": "kv/b#k containers=b",
    }
    added = spec_of(pod(annotations, containers=[{"name": "a"}, {"name": "b"}]))

    assert [each["name"] for each in added["/spec/volumes"]] == ["omamori-token", "omamori-files-0", "omamori-files-1"]
    assert added["/spec/containers/0/volumeMounts"][0]["name"] == "omamori-files-0"
    assert added["/spec/containers/1/volumeMounts"][0]["name"] == "omamori-files-1"
    plan = plan_of(pod(annotations, containers=[{"name": "a"}, {"name": "b"}]))
    assert [(output.directory[-1], output.name) for output in plan.outputs] == [
        *[("0", "both"), ("0", "a")],
        *[("1", "both"), ("1", "b")],
    ]
    assert [read.path for read in plan.reads] == ["kv/both", "kv/a", "kv/b"]


def test_equal_sets_share_a_volume() -> None:
    """Containers with the same files share one volume."""
    added = spec_of(asking(containers=[{"name": "a"}, {"name": "b"}]))
    assert [each["name"] for each in added["/spec/volumes"]] == ["omamori-token", "omamori-files-0"]


def test_nested_directories() -> None:
    """A directory inside another one is a folder of its volume, not a mount in a read-only mount."""
    annotations = {"file.omamori.dev/a": "kv/a#k", "file.omamori.dev/b": "kv/b#k dir=/vault/secrets/tls"}
    added = spec_of(pod(annotations))

    assert [each["mountPath"] for each in added["/spec/containers/0/volumeMounts"]] == ["/vault/secrets"]
    assert [output.name for output in plan_of(pod(annotations)).outputs] == ["a", "tls/b"]


def test_tools_get_nothing() -> None:
    """Containers that tools added get nothing by default, whatever they are called in their tool's Pods."""
    containers = [{"name": each} for each in ("wait", "main", "istio-proxy", "linkerd-proxy", "mine")]
    raw = asking(containers=containers)
    raw["metadata"]["labels"] = {"workflows.argoproj.io/workflow": "w"}
    added = spec_of(raw, TOOL_CONTAINERS="mine")
    assert [path for path in added if path.endswith("volumeMounts")] == ["/spec/containers/1/volumeMounts"]

    added = spec_of(asking(containers=[{"name": "wait"}]))
    assert "/spec/containers/0/volumeMounts" in added


def test_init_containers_and_native_sidecars() -> None:
    """They get secrets when named and when they start after ours."""
    init = [{"name": "early"}, {"name": "proxy", "restartPolicy": "Always"}, {"name": "migrate"}]
    raw = pod(
        {
            "file.omamori.dev/a": "kv/a#k containers=app,proxy,migrate",
            "omamori.dev/position": "after:early",
        },
        initContainers=init,
    )
    added = spec_of(raw)
    assert added["/spec/initContainers/1"]["name"] == "omamori-init"
    assert {"/spec/initContainers/2/volumeMounts", "/spec/initContainers/3/volumeMounts"} <= set(added)

    raw["metadata"]["annotations"]["omamori.dev/position"] = "last"
    assert reasons(raw) == ["containers", "containers"]


@pytest.mark.parametrize(
    ("annotations", "spec", "reason"),
    [
        ({"file.omamori.dev/a": "kv/a#k containers=none"}, {}, "containers"),
        ({"file.omamori.dev/a": "kv/a#k", "omamori.dev/containers": "none"}, {}, "containers"),
        ({"file.omamori.dev/a": "kv/a#k"}, {"containers": [{"name": "istio-proxy"}]}, "containers"),
        ({"file.omamori.dev/a": "kv/a#k", "omamori.dev/position": "after:x"}, {}, "position"),
        ({"file.omamori.dev/a": "kv/a#k", "omamori.dev/vault": "other"}, {}, "vault"),
        ({"file.omamori.dev/a": "kv/a#k", "file.omamori.dev/b": "kv/b#k as=a"}, {}, "duplicate"),
        ({"file.omamori.dev/a": "kv/a#k", "file.omamori.dev/b": "kv/b#k as=a/b"}, {}, "duplicate"),
        ({"file.omamori.dev/a": "kv/a#k", "file.omamori.dev/b": "kv/b#k dir=/vault/secrets/a"}, {}, "duplicate"),
        ({"file.omamori.dev/a": "kv/a#k"}, {"nodeSelector": {"kubernetes.io/os": "windows"}}, "windows"),
        ({"file.omamori.dev/a": "kv/a#k"}, {"os": {"name": "windows"}}, "windows"),
        ({"file.omamori.dev/a": "kv/a#k", "omamori.dev/resources": "memory-limit=8Mi"}, {}, "resources"),
        ({"file.omamori.dev/a": "kv/a#k", "omamori.dev/resources": "cpu=2 cpu-limit=1"}, {}, "resources"),
    ],
)
def test_refused(annotations: dict[str, str], spec: dict[str, Any], reason: str) -> None:
    """What cannot be is refused with its reason."""
    assert set(reasons(pod(annotations, **spec))) == {reason}


def test_same_name_in_different_containers() -> None:
    """Duplicates are judged for each container: two may have different files of one name."""
    annotations = {
        "file.omamori.dev/a": "kv/a#k as=token containers=a",
        "file.omamori.dev/b": "kv/b#k as=token containers=b",
    }
    assert spec_of(pod(annotations, containers=[{"name": "a"}, {"name": "b"}]))


@pytest.mark.parametrize(
    ("mount", "refused"),
    [
        *[("/vault/secrets", True), ("/vault", True), ("/vault/secrets/deep", True), ("/vault/secrets/", True)],
        *[("/vault/secrets2", False), ("/data", False), ("/", False)],
    ],
)
def test_mount_in_the_way(mount: str, refused: bool) -> None:
    """A directory that is, is in, or holds a mount of the container is refused."""
    raw = asking(containers=[{"name": "app", "volumeMounts": [{"name": "own", "mountPath": mount}]}])
    assert isinstance(decided(raw), Denied) == refused


@pytest.mark.parametrize(
    ("using", "namespace", "refused"),
    [
        ({}, "kube-system", True),
        ({"DENIED_NAMESPACES": ""}, "kube-system", False),
        ({"ALLOWED_NAMESPACES": "shop"}, "shop", False),
        ({"ALLOWED_NAMESPACES": "shop"}, "other", True),
        ({"VAULT_MAIN_POD_NAMESPACES": "shop"}, "other", True),
    ],
)
def test_namespaces(using: dict[str, str], namespace: str, refused: bool) -> None:
    """An annotated Pod in a namespace that may not use omamori, or this Vault, is refused, not left without secrets."""
    decision = decided(asking(), settings(**using), namespace=namespace)
    assert isinstance(decision, Denied) == refused


def test_role() -> None:
    """The role is the administrator's pattern filled by the request's namespace, or what the author says."""
    assert plan_of(asking()).sessions[0].role == "shop.checkout"
    raw = asking()
    raw["metadata"]["annotations"]["omamori.dev/role"] = "another"
    assert plan_of(raw).sessions[0].role == "another"


def test_default_service_account_is_warned_of() -> None:
    """The ServiceAccount 'default' is everybody's in the namespace."""
    decision = decided(asking(serviceAccountName="default"))
    assert isinstance(decision, Patched)
    assert "'default'" in decision.warnings[0]


def quantities(raw: dict[str, Any], **variables: str) -> dict[str, Any]:
    """Give our container's resources."""
    resources: dict[str, Any] = ours(raw, **variables)["resources"]
    return resources


def test_resources() -> None:
    """Small requests, a memory limit that holds the files, and the class Guaranteed kept."""
    assert quantities(asking()) == {
        "limits": {"cpu": "500m", "memory": "64Mi"},
        "requests": {"cpu": "20m", "memory": "32Mi"},
    }
    many = pod({f"file.omamori.dev/f{number}": f"kv/{number}#k" for number in range(60)})
    assert quantities(many)["limits"]["memory"] == "64Mi"
    assert quantities(many, INJECTOR_MEMORY_LIMIT="32Mi")["limits"]["memory"] == "56Mi"
    limits = {"cpu": "1", "memory": "128Mi"}
    guaranteed = quantities(asking(containers=[{"name": "app", "resources": {"limits": limits}}]))
    assert guaranteed["limits"] == guaranteed["requests"]


def test_resources_of_the_author() -> None:
    """The author's quantities count, and a limit follows a request above it."""
    raw = asking()
    raw["metadata"]["annotations"]["omamori.dev/resources"] = "cpu=2 memory=100Mi"
    assert quantities(raw) == {
        "limits": {"cpu": "2", "memory": "100Mi"},
        "requests": {"cpu": "2", "memory": "100Mi"},
    }


def test_pod_level_resources() -> None:
    """With resources of the Pod itself, ours stay within them."""
    raw = asking(resources={"limits": {"cpu": "100m", "memory": "40Mi"}, "requests": {"cpu": "10m", "memory": "16Mi"}})
    assert quantities(raw) == {
        "limits": {"cpu": "100m", "memory": "40Mi"},
        "requests": {"cpu": "10m", "memory": "16Mi"},
    }


def test_ca_from_a_config_map() -> None:
    """A CA in the Pod's namespace is projected beside the token, and the Plan names the file."""
    added = spec_of(asking(), VAULT_MAIN_CA_CONFIG_MAP="trust/bundle.pem")

    assert added["/spec/volumes"][0]["projected"]["sources"][1] == {
        "configMap": {"name": "trust", "items": [{"key": "bundle.pem", "path": "ca.crt"}]}
    }
    session = plan_of(asking(), VAULT_MAIN_CA_CONFIG_MAP="trust/bundle.pem").sessions[0]
    assert session.ca_file == "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"


@given(st.text(max_size=8) | st.from_regex(r"-?[0-9]{0,3}\.?[0-9]{0,3}([numkMGTPE]i?|e-?[0-9]{1,2})?", fullmatch=True))
def test_any_quantity(text: str) -> None:
    """Any text is a quantity or our error."""
    try:
        assert isinstance(parse_quantity(text), Decimal)
    except QuantityInvalid as error:
        assert repr(text) in str(error)


def test_quantities() -> None:
    """The forms that Kubernetes writes."""
    texts = ["100m", "0.5", "1", "64Mi", "1e3", "2E", "1Ki", ".5", "5."]
    assert [parse_quantity(text) for text in texts] == [
        *[Decimal("0.1"), Decimal("0.5"), Decimal(1), Decimal(64 * 2**20), Decimal(1000)],
        *[Decimal(2 * 10**18), Decimal(1024), Decimal("0.5"), Decimal(5)],
    ]
    assert render_mebibytes(1) == "1Mi"
    assert json.dumps(render_mebibytes(3 * 2**20 + 1)) == '"4Mi"'
