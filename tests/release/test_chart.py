"""The chart's archive: what Helm packs, and what it renders, as it does from the checkout."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.realparts.parts import part
from tests.release.conftest import Release
from tests.support.cluster.rendering import CHART, kits, render
from tests.support.version import VERSION

pytestmark = [pytest.mark.real, pytest.mark.long, pytest.mark.timeout(600)]


def test_as_helm_packs_it(released: Release, tmp_path: Path) -> None:
    """It has the files that `helm package` takes, with their bytes but for the form of Chart.yaml."""
    helm = part("helm") / "bin/helm"
    subprocess.run([helm, "package", CHART, "--destination", tmp_path], check=True, capture_output=True)
    ours, theirs = (files(folder / f"omamori-{VERSION}.tgz") for folder in (released.folder, tmp_path))
    assert set(ours) == set(theirs)
    assert len(ours) > 20
    assert [name for name in ours if ours[name] != theirs[name]] in ([], ["omamori/Chart.yaml"])


def test_renders_the_same(released: Release) -> None:
    """It is linted without a finding, and renders as the folder does, byte for byte."""
    archive = released.folder / f"omamori-{VERSION}.tgz"
    everything = kits()["everything"]
    assert render(everything, chart=archive).text == render(everything).text
    linted = subprocess.run(
        [part("helm") / "bin/helm", "lint", "--strict", archive], capture_output=True, text=True, check=False
    )
    assert linted.returncode == 0, linted.stdout
    assert "[" not in linted.stdout, linted.stdout  # [INFO], [WARNING], [ERROR]


def files(archive: Path) -> dict[str, bytes]:
    """Read the files of an archive."""
    with tarfile.open(archive) as opened:
        found = {member.name: opened.extractfile(member) for member in opened if member.isfile()}
        return {name: contents.read() for name, contents in found.items() if contents}
