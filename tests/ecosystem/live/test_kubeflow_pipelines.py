"""Kubeflow Pipelines: the example as kfp compiles it, in a Pod of its backend's shape, run by Argo Workflows.

The backend itself is not there: what it makes of a task is kubeflow.yaml (the test T-KFP-2).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.ecosystem.live.argoworkflows import LOG, pods_of, run
from tests.ecosystem.live.shop import EXAMPLES, PLACES, Shop
from tests.realparts.parts import part
from tests.support.cluster.images import APP
from tests.support.cluster.manifests import REPORT
from webhook.admission.pod.names import CONTAINER_NAME, FILES_VOLUME
from webhook.workloads.manifest import parse_manifests

if TYPE_CHECKING:
    from tests.install.installed import Installed

pytestmark = [pytest.mark.ecosystem, pytest.mark.timeout(900)]

PROJECT = Path(__file__).parents[3]
BACKEND = Path(__file__).with_name("kubeflow.yaml")
NAMESPACE = "pipelines"
DB = "/vault/secrets/db.env"
LAUNCHED = ["/kfp-launcher/launch", "--pipeline_name", "train", "--", *REPORT, DB]


@pytest.fixture(scope="module")
def shop(workflows: Installed) -> Shop:
    """The namespace of the pipelines: of Pod Security *restricted*, with one ServiceAccount for all."""
    shop = Shop(workflows, NAMESPACE)
    workflows.namespace(NAMESPACE)
    workflows.nodes.apply(workflows.account(NAMESPACE, "pipeline-runner"))
    return shop


@pytest.fixture(scope="module")
def compiled(inside: Installed, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The annotations of the example's second task, as kfp has compiled them."""
    made = tmp_path_factory.mktemp("kfp") / "pipeline.yaml"
    command: list[str | Path] = [part("pipelines") / "bin/python", EXAMPLES / "pipeline.py", made]
    inside.box.run(command, env={"PYTHONPATH": str(PROJECT)})
    _, platform = parse_manifests(made.name, made.read_text())
    executors = platform.value["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    annotations: dict[str, str] = executors["exec-train"]["podMetadata"]["annotations"]
    return annotations


def task(annotations: dict[str, str]) -> dict[str, Any]:
    """Give the Workflow that the backend makes of a task with one annotation, whose program reports DB."""
    (parsed,) = parse_manifests(BACKEND.name, BACKEND.read_text())
    made: dict[str, Any] = json.loads(json.dumps(parsed.value))
    ((key, value),) = annotations.items()
    main = {"name": "main", "image": APP, "imagePullPolicy": "Never", "command": LAUNCHED}
    patch = json.dumps({"containers": [main]})
    parameters = {"pod-spec-patch": patch, "key-0": key, "value-0": value}
    made["spec"]["arguments"]["parameters"] = [{"name": name, "value": text} for name, text in parameters.items()]
    return made


def test_a_task(shop: Shop, compiled: dict[str, str]) -> None:
    """The task's program, behind emissary and launcher, has the secret; Argo's container and the launcher have not."""
    shop.write("secret/data/shop/db", "password")

    workflow = run(shop, task(compiled))

    assert workflow["status"]["phase"] == "Succeeded", workflow["status"]
    (pod,) = pods_of(shop, workflow).values()
    (digest,) = shop.told(pod, "main")
    assert len(digest) == 64
    (main,) = [each for each in pod["spec"]["containers"] if each["name"] == "main"]
    assert main["command"][-len(LAUNCHED) :] == LAUNCHED
    for each in (*pod["spec"]["initContainers"], *pod["spec"]["containers"]):
        ours = [one for one in each["volumeMounts"] if one["name"].startswith(FILES_VOLUME)]
        assert bool(ours) == (each["name"] in {"main", CONTAINER_NAME}), each["name"]


def test_a_secret_that_is_missing(shop: Shop) -> None:
    """The task fails before its program, and the node's message says which path."""
    workflow = run(shop, task({"file.omamori.dev/db.env": "secret/data/shop/absent"}))

    assert workflow["status"]["phase"] in {"Failed", "Error"}
    assert any("secret/data/shop/absent" in node.get("message", "") for node in workflow["status"]["nodes"].values())
    (pod,) = pods_of(shop, workflow).values()
    assert shop.told(pod, "main") == []


@pytest.mark.parametrize("place", PLACES)
def test_no_canary(shop: Shop, place: str) -> None:
    """No secret is left there, where the names of this story are."""
    shop.search(place, LOG)
