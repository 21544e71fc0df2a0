"""The overlay that docs/vault-on-dynamodb.md shows fits the example."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.realparts.parts import part
from tests.support.cluster.vaultpods import EXAMPLE

PAGE = Path(__file__).parents[2] / "docs/vault-on-dynamodb.md"


@pytest.mark.real
def test_overlay(tmp_path: Path) -> None:
    """Image, region, table and role are those of the overlay, and each stands once."""
    (overlay,) = re.findall(r"```yaml\n(# kustomization.yaml\n.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "vault-on-dynamodb").symlink_to(EXAMPLE)
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours/kustomization.yaml").write_text(overlay)
    kubectl = part("kubernetes") / "bin" / "kubectl"
    made = subprocess.run([kubectl, "kustomize", tmp_path / "ours"], capture_output=True, text=True, check=True).stdout
    found = {(each["kind"], each["metadata"]["name"]): each for each in YAML(typ="safe", pure=True).load_all(made)}

    annotations = found["ServiceAccount", "vault"]["metadata"]["annotations"]
    assert annotations == {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/vault"}
    (container,) = found["StatefulSet", "vault"]["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "registry.example.com/hashicorp/vault:1.21.0"
    variables = [(each["name"], each.get("value")) for each in container["env"]]
    assert ("AWS_REGION", "eu-west-1") in variables
    assert ("AWS_DYNAMODB_TABLE", "vault-production") in variables
    assert len({name for name, _ in variables}) == len(variables)
