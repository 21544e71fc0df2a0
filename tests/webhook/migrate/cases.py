"""The manifests of tests/cases/migrate, and the Pods that manifests make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from webhook.migrate.vault_k8s.documents import Outcome, migrate_text
from webhook.migrate.vault_k8s.options import Options
from webhook.workloads.manifest import parse_manifests
from webhook.workloads.registry import find_pods

Json = dict[str, Any]
FOLDER = Path(__file__).parents[2] / "cases/migrate"
TABLE: dict[str, Json] = json.loads((FOLDER / "cases.json").read_text())
BY_DEFAULT = Options()


def text_of(folder: str, name: str) -> str:
    """Give a file, its line ends as they are."""
    return (FOLDER / folder / name).read_bytes().decode()


def migrated(text: str, options: Options = BY_DEFAULT) -> Outcome:
    """Migrate a text, which a second time changes nothing."""
    outcome = migrate_text("x.yaml", text, options)
    again = migrate_text("x.yaml", outcome.text, options)
    assert again.text == outcome.text
    assert not again.moved
    return outcome


def pods_in(text: str) -> list[Json]:
    """Give the Pods of the manifests in a text."""
    found = [each.pod for manifest in parse_manifests("x.yaml", text) for each in find_pods(manifest)]
    return [json.loads(json.dumps(each)) for each in found]


def pod_text(annotations: dict[str, str], **spec: Any) -> str:
    """Give a Pod's manifest as JSON, which is YAML."""
    metadata = {"name": "x", "annotations": annotations}
    usual = {"containers": [{"name": "app", "image": "app"}]}
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {**usual, **spec}}, indent=2)
