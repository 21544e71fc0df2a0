"""Pods of the shapes that each tool's controller makes, through the webhook: what is added, and where it is not.

The named tests of the list of deployment systems that need no controller: T-AWF-1, T-KFP-2, T-AEV-1, T-FLG-2, T-SPK-1,
T-SPK-3, T-KAM-1.
"""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from tests.docs.pages import DOCS
from tests.support.webhook.builders import patched, reasons
from tests.support.webhook.mutation import CORPUS
from webhook.workloads.manifest import parse_manifests
from webhook.workloads.registry import find_pods

SHAPES = {each["shape"]: each["pod"] for each in CORPUS}
OF_ARGO = ("Argo Workflow, with init", "Argo Workflow, init-less", "KFP executor")
RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def example(name: str) -> dict[str, Any]:
    """Give the one Pod of an example that asks for secrets."""
    manifests = parse_manifests("example.yaml", (DOCS / "with/examples" / name).read_text())
    (pod,) = [pod.pod for each in manifests for pod in find_pods(each)]
    return dict(pod)


def parts(spec: dict[str, Any], *members: str) -> list[dict[str, Any]]:
    """Give the containers of a spec, each with some of its members."""
    containers = (*spec.get("initContainers", ()), *spec["containers"])
    return [{name: each.get(name) for name in ("name", *members)} for each in containers]


def with_secrets(spec: dict[str, Any]) -> list[str]:
    """Give the containers in which the files of secrets are mounted, ours left out."""
    containers = (*spec.get("initContainers", ()), *spec["containers"])
    mounting = [each for each in containers if any("/vault/secrets" in str(m) for m in each.get("volumeMounts", ()))]
    return [each["name"] for each in mounting]


@pytest.mark.parametrize("shape", OF_ARGO)
def test_argo_workflows(shape: str) -> None:
    """T-AWF-1, T-KFP-2: commands, images, variables and order stay; secrets are in `main` alone; ours is restricted."""
    raw = SHAPES[shape]
    spec = patched(deepcopy(raw))["spec"]
    ours = next(each for each in spec["initContainers"] if each["name"] == "omamori-init")

    members = ("image", "command", "args", "env")
    before = parts(raw["spec"], *members)
    assert [each for each in parts(spec, *members) if each["name"] != "omamori-init"] == before
    assert [each["name"] for each in spec["containers"]] == [each["name"] for each in raw["spec"]["containers"]]
    assert with_secrets(spec) == ["main"]
    assert spec["initContainers"][0] is ours
    assert RESTRICTED.items() <= ours["securityContext"].items()
    (token,) = [each["name"] for each in spec["volumes"] if each["name"] == "omamori-token"]
    assert token in {mount["name"] for mount in ours["volumeMounts"]}


def test_arguments_alone() -> None:
    """T-AEV-1: a Sensor's container still states no command, and a launcher in front of none is refused."""
    raw = deepcopy(SHAPES["Argo Events sensor, args only"])
    (main,) = patched(deepcopy(raw))["spec"]["containers"]

    assert "command" not in main
    assert main["args"] == raw["spec"]["containers"][0]["args"]
    raw["metadata"]["annotations"] |= {"omamori.dev/env-delivery": "exec", "env.omamori.dev/A": "kv/a#b"}
    assert reasons(raw) == ["command"]


def test_flagger() -> None:
    """T-FLG-2: a template with the annotations of a Pod that was injected is injected alike; app and primary, too."""
    raw = deepcopy(SHAPES["Flagger primary"])
    primary = patched(deepcopy(raw))
    copied = {**raw, "metadata": {**raw["metadata"], "annotations": primary["metadata"]["annotations"]}}
    app = json.loads(json.dumps(raw).replace("-primary", ""))

    assert patched(copied)["spec"] == primary["spec"]
    assert patched(app)["spec"] == json.loads(json.dumps(primary["spec"]).replace("-primary", ""))
    assert all("ports" not in each for each in primary["spec"]["initContainers"])


def test_versioned_names() -> None:
    """T-SPK-1: where a tool renames the ConfigMap of a volume, our container mounts that one, and no other."""
    raw = example("spinnaker.yaml")
    volumes = json.loads(json.dumps(raw["spec"]["volumes"]))
    volumes[0]["configMap"]["name"] = "templates-v003"
    made = patched({**raw, "spec": {**raw["spec"], "volumes": volumes}})["spec"]

    named = {each["name"]: each.get("configMap", {}).get("name") for each in made["volumes"]}
    mounted = {named[mount["name"]] for mount in made["initContainers"][0]["volumeMounts"]}
    assert "templates-v003" in mounted
    assert '"configMap": {"name": "templates"}' not in json.dumps(made)


def test_run_job() -> None:
    """T-SPK-3: the first container, whose logs the stage reads, is the author's; ours is none of the containers."""
    raw = SHAPES["Spinnaker run job"]
    spec = patched(deepcopy(raw))["spec"]

    assert [each["name"] for each in spec["containers"]] == [each["name"] for each in raw["spec"]["containers"]]
    assert spec["initContainers"][0]["name"] == "omamori-init"


def test_kamus() -> None:
    """T-KAM-1: `kamus-init` and its volumes stay as they are, and the application has both directories."""
    raw = example("kamus.yaml")
    spec = patched(json.loads(json.dumps(raw)))["spec"]

    (kamus,) = [each for each in spec["initContainers"] if each["name"] == "kamus-init"]
    assert kamus == raw["spec"]["initContainers"][0]
    assert {"encrypted", "decrypted", "omamori-files-0"} <= {each["name"] for each in spec["volumes"]}
    places = [mount["mountPath"] for mount in spec["containers"][0]["volumeMounts"]]
    assert sorted(places) == ["/decrypted", "/vault/secrets"]
