"""agent-configmap: what the Plan says of it, and what the Pod gets."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonpatch
import pytest

from tests.support.webhook.builders import decided
from tests.support.webhook.vault_k8s import (
    DOMAIN,
    Json,
    admitted,
    asking,
    mounted,
    named,
    our_container,
    plan_in,
    refusals,
    theirs,
)
from webhook.admission.decision import Denied, Patched

NAME = "omamori-agent-config"
MOUNT = {"name": NAME, "mountPath": "/vault/configs", "readOnly": True}
VOLUME = {"name": NAME, "configMap": {"name": "shop.conf", "defaultMode": 0o644}}
SECRETS = ("/vault/secrets", "/omamori/omamori-files-0")
CONFIGS = ("/vault/configs", "/vault/configs")


def _pod(annotations: dict[str, str] | None = None, **spec: Any) -> Json:
    """A Pod that has an agent configuration, and no other annotation about secrets or the login."""
    raw = asking(named(agent_configmap="shop.conf") | (annotations or {}), **spec)
    for name in ("role", "agent-inject-secret-db"):
        if f"{DOMAIN}/{name}" not in (annotations or {}):
            del raw["metadata"]["annotations"][f"{DOMAIN}/{name}"]
    return raw


def test_what_the_plan_says() -> None:
    """Where the files are, where secrets may go, and no role: that is the file's to say."""
    new, warnings = admitted(_pod())
    plan = plan_in(new)
    (rules,) = plan.configurations
    assert rules.files == ("/vault/configs/config.hcl", "/vault/configs/config-init.hcl")
    assert (rules.volumes, rules.sources, rules.app_role_directory) == ((SECRETS,), (CONFIGS,), "")
    assert rules.annotation == f"{DOMAIN}/agent-configmap"
    assert (plan.mode, plan.refresh_seconds, plan.sessions[0].role, plan.reads) == ("sidecar", 300, "", ())
    assert warnings == ()


def test_our_container_alone() -> None:
    """Our container mounts the ConfigMap, and the application the directory, though no file of it is known."""
    new, _ = admitted(_pod(containers=[{"name": "app"}, {"name": "worker"}]))
    assert MOUNT in our_container(new)["volumeMounts"]
    assert VOLUME in new["spec"]["volumes"]
    for each in new["spec"]["containers"]:
        assert each["volumeMounts"] == [{"name": "omamori-files-0", "mountPath": "/vault/secrets", "readOnly": True}]
    variables = {each["name"]: each for each in our_container(new)["env"]}
    assert {"NAMESPACE", "HOST_IP", "POD_IP"} <= set(variables)


@pytest.mark.parametrize(
    ("annotations", "files"),
    [
        ({"agent_pre_populate_only": "true"}, ("config-init.hcl",)),
        ({"agent_pre_populate": "false"}, ("config.hcl",)),
        ({}, ("config.hcl", "config-init.hcl")),
    ],
)
def test_which_files(annotations: dict[str, str], files: tuple[str, ...]) -> None:
    """Those of the containers that vault-k8s would have: one file, or both."""
    plan = plan_in(admitted(_pod(named(**annotations)))[0])
    assert tuple(Path(each).name for each in plan.configurations[0].files) == files
    assert plan.mode == ("init" if files == ("config-init.hcl",) else "sidecar")


def test_nothing_where_vault_k8s_has_no_container() -> None:
    """Without its init container and its sidecar nothing is injected."""
    raw = _pod(named(agent_pre_populate="false", agent_pre_populate_only="true"))
    assert not isinstance(decided(raw, theirs()), Denied | Patched)


def test_directories() -> None:
    """The one for all, and those that secrets have of their own: vault-k8s makes their volumes, too."""
    more = named(secret_volume_path="/srv/all", secret_volume_path_x="/etc/x", agent_inject_secret_x="unused")
    new, warnings = admitted(_pod(more))
    assert dict(plan_in(new).configurations[0].volumes) == {
        "/srv/all": "/omamori/omamori-files-0",
        "/etc/x": "/omamori/omamori-files-1",
    }
    assert mounted(new, "app") == {"/srv/all": "omamori-files-0", "/etc/x": "omamori-files-1"}
    assert warnings == ()


def test_what_says_nothing_beside_it() -> None:
    """vault-k8s passes over what it would have written into a configuration of its own; the author is told."""
    names = {
        "role": "shop",
        "auth-path": "auth/x",
        "auth-config-role": "shop",
        "namespace": "a",
        "agent-inject-secret-a": "secret/data/a",
        "agent-inject-template-b": "{{ 1 }}",
        "agent-inject-command-b": "pkill nginx",
        "agent-inject-token": "true",
        "template-static-secret-render-interval": "7s",
    }
    new, warnings = admitted(_pod({f"{DOMAIN}/{name}": text for name, text in names.items()}))
    plan = plan_in(new)
    assert (plan.templates, plan.outputs, plan.on_change, plan.refresh_seconds) == ((), (), "", 300)
    assert plan.sessions[0].auth_mount == "kubernetes"
    assert sorted(warnings) == sorted(
        f"{DOMAIN}/{name}: says nothing beside agent-configmap: the agent configuration says it all" for name in names
    )


def test_the_vault_is_the_annotations() -> None:
    """Which Vault it is an annotation still says, among the administrator's."""
    assert plan_in(admitted(_pod(named(service="https://vault.example.com:8200")))[0]).sessions[0].vault == "main"
    (problem,) = refusals(_pod(named(service="https://evil.example.com:8200")))
    assert problem.startswith(f"{DOMAIN}/service: ")


def test_app_role() -> None:
    """A login by AppRole is the administrator's to allow, and needs the Secret and TLS."""
    allowed = theirs(VAULT_MAIN_VAULTK8S_AUTH_METHODS="approle")
    without_tls = theirs(
        VAULT_MAIN_VAULTK8S_AUTH_METHODS="approle", VAULT_MAIN_ADDRESS="http://vault", VAULT_MAIN_INSECURE_HTTP="true"
    )
    extra = _pod(named(agent_extra_secret="ids"))
    found = [
        plan_in(admitted(raw, using)[0]).configurations[0].app_role_directory
        for raw, using in (
            (extra, allowed),
            (extra, theirs()),
            (_pod(), allowed),
            (extra, without_tls),
        )
    ]
    assert found == ["/vault/custom", "", "", ""]


def test_template_files() -> None:
    """Of the mounts of the copied container, ours has those of ConfigMaps, and the Plan says where."""
    volumes = [
        {"name": "conf", "configMap": {"name": "conf"}},
        {"name": "secret", "secret": {"secretName": "x"}},
        {"name": "data", "emptyDir": {}},
    ]
    mounts = [
        {"name": "conf", "mountPath": "/etc/conf/"},
        {"name": "conf", "mountPath": "/etc/one.tmpl", "subPath": "d/one.tmpl"},
        {"name": "conf", "mountPath": "/etc/bad", "subPath": "../x"},
        {"name": "secret", "mountPath": "/etc/secret"},
        {"name": "data", "mountPath": "/data"},
    ]
    containers = [{"name": "app", "volumeMounts": mounts}]
    new, _ = admitted(_pod(named(agent_copy_volume_mounts="app"), containers=containers, volumes=volumes))
    assert plan_in(new).configurations[0].sources == (
        CONFIGS,
        ("/etc/conf", "/omamori/templates/conf"),
        ("/etc/one.tmpl", "/omamori/templates/conf/d/one.tmpl"),
    )
    names = [each["name"] for each in our_container(new)["volumeMounts"]]
    assert "conf" in names
    assert not {"secret", "data"} & set(names)


def test_memory() -> None:
    """The limit leaves room for files whose number is not known, and for templates; a smaller one is raised."""
    new, (warning,) = admitted(_pod(named(agent_limits_mem="32Mi")))
    assert our_container(new)["resources"]["limits"]["memory"] == "65Mi"
    assert "agent-limits-mem: raised to 65Mi" in warning


def test_the_name_is_reserved() -> None:
    """A Pod that was not injected has no volume of that name, and in an injected one it is brought back."""
    decision = decided(_pod(volumes=[{"name": NAME, "emptyDir": {}}]), theirs())
    assert isinstance(decision, Denied)
    assert decision.reason == "reserved-name"
    new, _ = admitted(_pod())
    changed = deepcopy(new)
    changed["spec"]["containers"][0]["volumeMounts"].append(MOUNT)
    decision = decided(changed, theirs())
    assert isinstance(decision, Patched)
    assert jsonpatch.apply_patch(changed, json.loads(json.dumps(decision.operations))) == new
