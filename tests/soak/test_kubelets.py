"""Older kubelets beside the API server: what is right with the newest one is right with them, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.start import prepared
from tests.realparts.parts import OLDER_KUBELETS
from tests.soak.starts import (
    FILES,
    NAMESPACE,
    VARIABLES,
    WAYS,
    apply_pod,
    keep_times,
    node_info,
    started_with_both,
)
from tests.support.cluster.images import build_images
from tests.support.cluster.installation import Installation, installed

# their builds take minutes each, so they belong to `make soak` alone
pytestmark = [pytest.mark.real, pytest.mark.long, pytest.mark.timeout(1800)]

WITH_ENV_FILES = (1, 35)  # on by default


@pytest.mark.parametrize("version", OLDER_KUBELETS)
def test_an_older_kubelet(tmp_path: Path, version: str) -> None:
    """Applications start with what they asked for, or not at all; the times are kept."""
    minor = version.rpartition(".")[0]
    has_env_files = tuple(map(int, minor.split("."))) >= WITH_ENV_FILES
    with installed(build_images(tmp_path), kubelet_minor=minor) as installation, prepared(installation):
        assert node_info(installation)["kubeletVersion"] == f"v{version}"
        rows = FILES + (VARIABLES if has_env_files else ())
        keep_times(installation, f"kubelet {minor}", rows, version=version)
        for name, asked in WAYS.items():
            apply_pod(installation, name, asked)
            if has_env_files:
                started_with_both(installation, name)
            else:
                installation.wait_for_refusal(NAMESPACE, name)
        if has_env_files:
            _check_a_node_that_forgets(installation)


def _check_a_node_that_forgets(installation: Installation) -> None:
    installation.nodes.kubelet.restart({"EnvFiles": False})
    apply_pod(installation, "forgotten", {})
    installation.wait_for_refusal(NAMESPACE, "forgotten")
