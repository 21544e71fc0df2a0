"""Older kubelets beside the API server: what is right with the newest one is right with them, too."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

from tests.bench.start import ACCOUNT, FAST, FILE, SIDECAR, VARIABLE, prepared, seconds_to_start
from tests.realparts.parts import OLDER_KUBELETS
from tests.support.cluster.images import build_images
from tests.support.cluster.installation import Installation, installed
from tests.support.cluster.manifests import container, pod
from tests.support.scale import keep

# their builds take minutes each, so they belong to `make soak` alone
pytestmark = [pytest.mark.real, pytest.mark.long, pytest.mark.timeout(1800)]

ROUNDS = 5
FILES = ("plain", "mode init, a file", "mode init, start: fast, a file", "mode sidecar, a file")
VARIABLES = ("mode init, a variable", "mode init, start: fast, a variable", "mode sidecar, a variable")
WITH_ENV_FILES = (1, 35)  # on by default
NAMESPACE = "usual"  # of the benchmark
HAS_BOTH = {"containers": [container(command=["/bin/sh", "-c", 'test -n "$MAIL" && test -s /vault/secrets/mail.pass'])]}


@pytest.mark.parametrize("version", OLDER_KUBELETS)
def test_an_older_kubelet(tmp_path: Path, version: str) -> None:
    """Applications start with what they asked for, or not at all; the times are kept."""
    minor = version.rpartition(".")[0]
    has_env_files = tuple(map(int, minor.split("."))) >= WITH_ENV_FILES
    with installed(build_images(tmp_path), kubelet_minor=minor) as installation, prepared(installation):
        assert _kubelet_version(installation) == f"v{version}"
        rows = FILES + (VARIABLES if has_env_files else ())
        samples: dict[str, list[float]] = {row: [] for row in rows}
        for number in range(ROUNDS + 1):
            for place, row in enumerate(rows):
                seconds = seconds_to_start(installation, f"start-{number}-{place}", row)
                if number:  # the first round warms up
                    samples[row].append(seconds)
        _check_contents(installation, has_env_files=has_env_files)
        if has_env_files:
            _check_a_node_that_forgets(installation)
    plain = statistics.median(samples["plain"])
    more = {row: round(statistics.median(each) - plain, 2) for row, each in samples.items()}
    keep(f"kubelet {minor}", {"version": version, "plain_s": round(plain, 2), "over_plain_s": more})


def _kubelet_version(installation: Installation) -> str:
    [node] = installation.nodes.get("nodes")["items"]
    return str(node["status"]["nodeInfo"]["kubeletVersion"])


def _check_contents(installation: Installation, *, has_env_files: bool) -> None:
    """Each way to start gives file and variable to the application, or the kubelet refuses to start it."""
    for name, asked in {"init": {}, "fast": FAST, "sidecar": SIDECAR}.items():
        spec = {**HAS_BOTH, "serviceAccountName": ACCOUNT}
        installation.nodes.apply(pod(NAMESPACE, name, {**FILE, **VARIABLE, **asked}, spec))
        if has_env_files:
            installation.wait_for_phase(NAMESPACE, name, "Succeeded")
        else:
            installation.wait_for_refusal(NAMESPACE, name)


def _check_a_node_that_forgets(installation: Installation) -> None:
    installation.nodes.kubelet.restart({"EnvFiles": False})
    spec = {**HAS_BOTH, "serviceAccountName": ACCOUNT}
    installation.nodes.apply(pod(NAMESPACE, "forgotten", {**FILE, **VARIABLE}, spec))
    installation.wait_for_refusal(NAMESPACE, "forgotten")
