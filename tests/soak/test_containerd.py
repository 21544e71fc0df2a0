"""containerd 2 as the node's runtime: what is right with Debian's 1.6 is right with it, too."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.bench.start import prepared, seconds_to_start
from tests.realparts.parts import CONTAINERD, KUBERNETES
from tests.realparts.runtimes import CONTAINERD_2
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

# its build takes minutes, so it belongs to `make soak` alone
pytestmark = [pytest.mark.real, pytest.mark.long, pytest.mark.timeout(1800)]


def test_containerd_2(tmp_path: Path) -> None:
    """Applications start with what they asked for, and not before; the times are kept."""
    with installed(build_images(tmp_path), runtime=CONTAINERD_2) as installation, prepared(installation):
        info = node_info(installation)
        assert info["kubeletVersion"] == f"v{KUBERNETES}"
        assert info["containerRuntimeVersion"].startswith(f"containerd://{CONTAINERD}")
        keep_times(installation, "containerd 2", FILES + VARIABLES, version=CONTAINERD)
        for name, asked in WAYS.items():
            started_with_both(installation, apply_pod(installation, name, asked))
        _check_that_a_hook_gates(installation)


def _check_that_a_hook_gates(installation: Installation) -> None:
    """While Vault is away no application starts, though a plain Pod that was created later has started and ended."""
    with installation.without_vault(NAMESPACE):
        gated = [apply_pod(installation, f"gated-{way}", asked) for way, asked in WAYS.items()]
        seconds_to_start(installation, "meanwhile", "plain")
        back = time.time()
    for name in gated:
        assert started_with_both(installation, name) > back
