"""Pods that can run on Windows alone, where no container of ours can."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.webhook.builders import asking, decided, reasons
from webhook.admission.decision import Patched

WINDOWS: list[dict[str, Any]] = [
    {"os": {"name": "windows"}},
    {"nodeSelector": {"kubernetes.io/os": "windows"}},
    {"nodeSelector": {"beta.kubernetes.io/os": "windows"}},
    {"nodeSelector": {"node.kubernetes.io/windows-build": "10.0.20348"}},
    {"securityContext": {"windowsOptions": {"hostProcess": True}}, "hostNetwork": True},
    {"containers": [{"name": "app", "securityContext": {"windowsOptions": {"hostProcess": True}}}]},
    {"initContainers": [{"name": "i", "securityContext": {"windowsOptions": {"hostProcess": True}}}]},
]


def affinity(*terms: list[tuple[str, str, list[str]]], required: bool = True) -> dict[str, Any]:
    """A node affinity of terms, each a list of key, operator and values."""
    made = [
        {"matchExpressions": [{"key": key, "operator": operator, "values": values} for key, operator, values in term]}
        for term in terms
    ]
    if required:
        return {
            "affinity": {
                "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": made}}
            }
        }
    preferred = [{"weight": 1, "preference": each} for each in made]
    return {"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}}


OS, OLD = "kubernetes.io/os", "beta.kubernetes.io/os"
WINDOWS += [
    affinity([(OS, "In", ["windows"])]),
    affinity([(OLD, "In", ["windows"])]),
    affinity([(OS, "NotIn", ["linux"])]),
    affinity([("zone", "In", ["a"]), (OS, "In", ["windows"])]),
    affinity([(OS, "In", ["windows"])], [(OLD, "NotIn", ["linux", "darwin"])]),
    affinity([(OS, "In", ["windows"])], []),  # an empty term matches no node
]
LINUX: list[dict[str, Any]] = [
    affinity([(OS, "In", ["linux"])]),
    affinity([(OS, "In", ["windows", "linux"])]),
    affinity([(OS, "NotIn", ["windows"])]),
    affinity([(OS, "Exists", [])]),
    affinity([(OS, "In", ["windows"])], [("zone", "In", ["a"])]),
    affinity([(OS, "In", ["windows"])], required=False),
    affinity([]),
    {"affinity": {}},
    {"os": {"name": "linux"}},
    {"nodeSelector": {"kubernetes.io/os": "linux"}},
    {"securityContext": {"windowsOptions": {"hostProcess": False}}},
]


@pytest.mark.parametrize("spec", WINDOWS)
def test_windows(spec: dict[str, Any]) -> None:
    """A Pod that can run on Windows alone is refused, however it says so."""
    assert reasons(asking(**spec)) == ["windows"]


@pytest.mark.parametrize("spec", LINUX)
def test_not_windows(spec: dict[str, Any]) -> None:
    """A preference, an alternative or a double negation is not certain, and such a Pod is served."""
    assert isinstance(decided(asking(**spec)), Patched)


def test_windows_options_are_a_hint() -> None:
    """A user name that only Windows reads gets a warning."""
    decision = decided(asking(securityContext={"windowsOptions": {"runAsUserName": "ContainerUser"}}))
    assert isinstance(decision, Patched)
    assert any("Windows" in each for each in decision.warnings)
