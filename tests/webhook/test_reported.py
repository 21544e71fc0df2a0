"""Faults of comparable systems, told in public: containers of tools, and storage that policies demand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.webhook.builders import asking, decided, ours, patched, pod, reasons
from webhook.admission.decision import Patched


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
