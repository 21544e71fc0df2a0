"""Fixtures of the live suites: one cluster with the chart installed serves them all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ecosystem.live.argoworkflows import workflow_controller
from tests.install.installed import Installed, installed
from tests.support.cluster.images import build_images


@pytest.fixture(scope="package")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """Everything installed; the API server reaches the webhook's Service at its endpoints."""
    with installed(build_images(tmp_path_factory.mktemp("images")), "endpoints") as made:
        yield made


@pytest.fixture(scope="package")
def workflows(inside: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """Argo Workflows' controller runs, for the suites of Argo Workflows and of Kubeflow Pipelines."""
    with workflow_controller(inside, tmp_path_factory.mktemp("argoexec")):
        yield inside
