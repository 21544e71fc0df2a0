"""deploy/kustomize is what the chart says, and installs the same."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from tests.realparts.parts import part
from tests.support.cluster.rendering import PROJECT, Document, Rendered, Values, kits, merged, parse_documents, render

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real

KUSTOMIZE = PROJECT / "deploy/kustomize"
CONTROLLER = {"certificates": {"mode": "controller"}}
CERT_MANAGER = {"certificates": {"mode": "cert-manager", "issuer": {"name": "omamori"}}}
MONITORING = {"monitoring": {name: {"enabled": True} for name in ("serviceMonitor", "prometheusRule", "dashboard")}}

VAULT_K8S = {"dialects": {"vaultK8s": {"enabled": True}}}


def build(folder: Path) -> Rendered:
    """Build a kustomization."""
    command: list[str | Path] = [part("kubernetes") / "bin/kubectl", "kustomize", folder]
    return parse_documents(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def unordered(document: Document) -> Document:
    """Sort the variables of containers: none refers to another one, and kustomize puts new ones first."""
    for each in document.get("spec", {}).get("template", {}).get("spec", {}).get("containers", []):
        each["env"].sort(key=lambda variable: variable["name"])
    return document


def assert_same(made: Rendered, wanted: Rendered) -> None:
    """Compare document by document, since kustomize has an order of its own."""
    assert made.documents.keys() == wanted.documents.keys()
    for key, document in wanted.documents.items():
        assert unordered(made[key]) == unordered(document), key


def test_written_from_the_chart() -> None:
    """Base and components are what generate.py makes of the chart."""
    command: list[str | Path] = [
        sys.executable,
        KUSTOMIZE / "generate.py",
        "--check",
        "--helm",
        part("helm") / "bin/helm",
    ]
    assert subprocess.run(command, capture_output=True, text=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("components", "values"),
    [
        ((), {}),
        (("controller",), CONTROLLER),
        (("cert-manager",), CERT_MANAGER),
        (("monitoring",), MONITORING),
        (("vault-k8s",), VAULT_K8S),
        (("controller", "vault-k8s", "monitoring"), CONTROLLER | VAULT_K8S | MONITORING),
        (("monitoring", "controller"), CONTROLLER | MONITORING),
        (("cert-manager", "monitoring"), CERT_MANAGER | MONITORING),
    ],
    ids=" ".join,
)
def test_same_as_the_chart(tmp_path: Path, components: tuple[str, ...], values: Values) -> None:
    """The base with components is what the chart renders with their values."""
    # kustomize wants paths that are relative to a folder, and follows no link out of it
    up = "/".join([".."] * (len(tmp_path.resolve().parts) - 1))
    place = f"{up}{KUSTOMIZE.resolve()}"
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [f"{place}/base"],
        "components": [f"{place}/components/{each}" for each in components],
    }
    with (tmp_path / "kustomization.yaml").open("w") as file:
        YAML().dump(kustomization, file)
    assert_same(build(tmp_path), render(merged(kits()["secret"], values)))


def test_example() -> None:
    """The example is what the chart renders with the same values."""
    values = {
        "images": {"registry": "registry.shop.example"},
        "vaults": {
            "main": {
                "address": "https://vault.shop.example:8200",
                "caConfigMap": {"name": "company-ca", "key": "ca.crt"},
            }
        },
    }
    assert_same(build(KUSTOMIZE / "example"), render(values))
