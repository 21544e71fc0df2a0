"""Annotations on a Deployment instead of its Pod template reach no Pod: whoever writes them is warned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.cluster.rendering import render_least
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.realparts.apiserver import ApiServer

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

ASKS = {"file.omamori.dev/db.env": "secret/data/shop/db"}
WARNED = "file.omamori.dev/db.env reaches no Pod here; write it into "
PARTS = [(f"ValidatingAdmissionPolicy{end}", "omamori-misplaced") for end in ("", "Binding")]


def workload(kind: str, own: dict[str, str], template: dict[str, str], job: dict[str, str] | None = None) -> Any:
    """Make an object of a kind with annotations of its own, of its Pod template, and of a CronJob's Job template."""
    pod_template: dict[str, Any] = {
        "metadata": {"labels": {"app": "x"}, "annotations": template},
        "spec": {"containers": [{"name": "app", "image": "none"}], "restartPolicy": "Never"},
    }
    metadata = {"name": "x", "namespace": "shop", "annotations": own}
    if kind in {"Job", "CronJob"}:
        spec: dict[str, Any] = {"template": pod_template}
        if kind == "CronJob":
            spec = {"schedule": "* * * * *", "jobTemplate": {"metadata": {"annotations": job or {}}, "spec": spec}}
        return {"apiVersion": "batch/v1", "kind": kind, "metadata": metadata, "spec": spec}
    pod_template["spec"]["restartPolicy"] = "Always"
    spec = {"selector": {"matchLabels": {"app": "x"}}, "template": pod_template}
    if kind == "StatefulSet":
        spec["serviceName"] = "x"
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec}


def said(server: ApiServer, manifest: Any) -> str:
    """Create by dry run, and give what kubectl prints, warnings included."""
    return server.kubectl("create", "-f", "-", "--dry-run=server", stdin=json.dumps(manifest), check=False)


@pytest.fixture(scope="module")
def warning(server: ApiServer) -> Iterator[ApiServer]:
    """The API server with the policy."""
    rendered = render_least()
    server.apply(*(rendered[part] for part in PARTS))
    wait_until(lambda: WARNED in said(server, workload("Deployment", ASKS, {})), 30, "the policy is known")
    yield server
    server.kubectl("delete", "validatingadmissionpolicybinding,validatingadmissionpolicy", "omamori-misplaced")


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"])
def test_warned(warning: ApiServer, kind: str) -> None:
    """Each kind is made all the same, with a warning that names the annotation and the right place."""
    place = f"spec.{'jobTemplate.spec.' if kind == 'CronJob' else ''}template.metadata.annotations"
    answer = said(warning, workload(kind, ASKS, {}))
    assert f"{WARNED}{place}" in answer
    assert f"{kind.lower()}" in answer
    assert "created (server dry run)" in answer


def test_a_job_template_is_no_pod_template(warning: ApiServer) -> None:
    """Annotations of a CronJob's Jobs reach no Pod either."""
    assert WARNED in said(warning, workload("CronJob", {}, {}, job=ASKS))


@pytest.mark.parametrize(
    ("own", "template"),
    [
        ({}, {}),
        ({}, ASKS),
        (ASKS, ASKS),  # kustomize's commonAnnotations
        ({"example.com/omamori.dev": "x", "vault.hashicorp.com/role": "x"}, {}),
    ],
)
def test_not_warned(warning: ApiServer, own: dict[str, str], template: dict[str, str]) -> None:
    """What reaches the Pods, or is not ours, is passed over."""
    answer = said(warning, workload("Deployment", own, template))
    assert "omamori" not in answer
    assert "created (server dry run)" in answer


def test_switched_off() -> None:
    """Without it nothing of it is there."""
    rendered = render_least({"misplaced": {"enabled": False}})
    assert not set(PARTS) & set(rendered.documents)
