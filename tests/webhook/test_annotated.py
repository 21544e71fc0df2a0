"""Annotations that reach no Pod, and keys that no API server takes: told by the commands that read manifests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.webhook.suggested import Suggest, written
from webhook.admission.annotations.dialects import DIALECTS
from webhook.workloads.annotated import key_problems

OMAMORI = Path(sys.executable).with_name("omamori")
KEYS = [
    "file.omamori.dev/a/b",
    "file.omamori.dev/.pgpass",
    "file.omamori.dev/my file",
    f"file.omamori.dev/{'x' * 64}",
    "env.omamori.dev/_X",
    "env.omamori.dev/X-",
]


def demo(file: Path) -> str:
    """Give what the demo says of a manifest with which it stops."""
    done = subprocess.run([OMAMORI, "demo", "--pod", file], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == ""
    return done.stdout


def test_keys_that_no_api_server_takes(suggest: Suggest, tmp_path: Path) -> None:
    """The demo and suggest name each of them, and `as=`; nothing is suggested, since the Pod cannot be."""
    file = written(tmp_path, annotations=dict.fromkeys(KEYS, "secret/data/shop/db#password"))

    code, out, told = suggest(file)

    assert (code, out) == (1, "")
    assert len(told) == len(KEYS)
    assert all(
        f"{key}: Kubernetes does not allow this annotation key" in line for key, line in zip(KEYS, told, strict=True)
    )
    assert all("as=" in line for line in told)
    said = demo(file)
    assert "has annotations that no API server accepts" in said
    assert all(f"{key}: Kubernetes does not allow" in said for key in KEYS)


def test_keys_of_others() -> None:
    """A key that asks us for nothing is the API server's to refuse."""
    annotations = {"file.omamori.dev/db.env": "secret/data/x", "example.com/a/b": "x", "_": "y"}
    assert key_problems({"metadata": {"annotations": annotations}}, DIALECTS) == []


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
def test_annotations_on_the_workload(suggest: Suggest, tmp_path: Path, kind: str) -> None:
    """The common mistake: the demo says where they belong, as suggest does."""
    file = tmp_path / "workload.yaml"
    file.write_text(
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: shop\n  namespace: shop\n"
        "  annotations: {file.omamori.dev/db.env: secret/data/shop/db}\n"
        "spec: {template: {metadata: {}, spec: {containers: [{name: app, image: app}]}}}\n"
    )
    words = f"{file}:6: {kind} shop/shop: metadata.annotations reaches no Pod; put it in "
    words += "spec.template.metadata.annotations"

    assert words in demo(file)
    assert f"warning: {words}" in suggest(file)[2]


def test_annotations_on_what_has_no_pod(tmp_path: Path) -> None:
    """Of another kind the demo says where to write them instead."""
    file = tmp_path / "release.yaml"
    file.write_text(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
        "metadata: {name: a, annotations: {file.omamori.dev/db.env: secret/data/shop/db}}\n"
    )
    assert "spec.values or spec.postRenderers" in demo(file)
