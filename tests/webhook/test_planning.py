"""Planning: which containers get what, and what cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.webhook.builders import asking, decided, patched, plan_of, pod, reasons, settings, spec_of
from webhook.admission.decision import Denied, Patched


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


def test_a_named_tool_gets_no_more_in_a_second_call() -> None:
    """A tool that is named for one file has something of ours afterwards, and still nothing by default."""
    annotations = {"file.omamori.dev/a": "kv/a#k", "file.omamori.dev/b": "kv/b#k containers=istio-proxy"}
    new = patched(pod(annotations, containers=[{"name": "app"}, {"name": "istio-proxy"}]))
    volumes = [container["volumeMounts"][0]["name"] for container in new["spec"]["containers"]]
    assert volumes == ["omamori-files-0", "omamori-files-1"]


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


def test_ca_from_a_config_map() -> None:
    """A CA in the Pod's namespace is projected beside the token, and the Plan names the file."""
    added = spec_of(asking(), VAULT_MAIN_CA_CONFIG_MAP="trust/bundle.pem")

    assert added["/spec/volumes"][0]["projected"]["sources"][1] == {
        "configMap": {"name": "trust", "items": [{"key": "bundle.pem", "path": "ca.crt"}]}
    }
    session = plan_of(asking(), VAULT_MAIN_CA_CONFIG_MAP="trust/bundle.pem").sessions[0]
    assert session.ca_file == "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"


def test_a_mesh_proxy_behind_ours_is_named() -> None:
    """Where a mesh's native sidecar starts behind our container, the Plan names it, so that a failure can say so."""
    proxy = {"name": "istio-proxy", "image": "p", "restartPolicy": "Always"}
    behind = plan_of(asking(initContainers=[proxy]))
    assert behind.sessions[0].mesh_proxy == "istio-proxy"
    raw = asking(initContainers=[proxy])
    raw["metadata"]["annotations"]["omamori.dev/position"] = "after:istio-proxy"
    assert plan_of(raw).sessions[0].mesh_proxy == ""
    assert plan_of(asking()).sessions[0].mesh_proxy == ""
