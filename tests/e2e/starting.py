"""Pods that start with a native sidecar, and what the tests ask of them."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any

from tests.support.cluster.manifests import REPORT, container, pod

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.cluster.installation import Installation

NAMESPACE = "starting"
PATH = "/vault/secrets/mail.pass"
FILE = {"file.omamori.dev/mail.pass": "secret/data/shop/mail#password"}
FAST = {**FILE, "omamori.dev/start": "fast"}
SIDECAR = {**FILE, "omamori.dev/mode": "sidecar"}
WAYS: Mapping[str, Mapping[str, str]] = {"fast": FAST, "sidecar": SIDECAR}
WAIT_SECONDS = 20  # OMAMORI_SIDECAR_GATE_SECONDS, as it is by default
GRACE_SECONDS = 2  # of the Pods
STAYING = (*REPORT, "--stay", PATH)
ALWAYS: Mapping[str, Any] = {"restartPolicy": "Always", "containers": [container(command=STAYING)]}


def apply(installation: Installation, name: str, asked: Mapping[str, str], spec: Mapping[str, Any]) -> str:
    """Create a Pod with a ServiceAccount of its name; gives the name."""
    installation.nodes.apply(installation.account(NAMESPACE, name))
    return apply_pod(installation, name, asked, spec)


def apply_pod(installation: Installation, name: str, asked: Mapping[str, str], spec: Mapping[str, Any]) -> str:
    """Create a Pod whose ServiceAccount is there; gives the name."""
    installation.nodes.apply(pod(NAMESPACE, name, asked, spec))
    return name


def ours(installation: Installation, name: str) -> dict[str, Any]:
    """The status of our container, empty while there is none."""
    found = installation.nodes.get("pod", name, "-n", NAMESPACE)["status"].get("initContainerStatuses", [])
    return next((each for each in found if each["name"].startswith("omamori-")), {})


def deleted_within(installation: Installation, name: str) -> float:
    """Delete a Pod, and say how many seconds it took until it was gone."""
    began = time.monotonic()
    installation.nodes.kubectl("delete", "pod", name, "-n", NAMESPACE, "--wait", seconds=180)
    return time.monotonic() - began


def digest(installation: Installation) -> str:
    """The SHA-256 of the value that Vault has."""
    return hashlib.sha256(installation.canaries["mail"].value.encode()).hexdigest()


def is_placed(installation: Installation, name: str) -> bool:
    """Whether a Pod is on its node."""
    return "nodeName" in installation.nodes.get("pod", name, "-n", NAMESPACE)["spec"]


def last_end(installation: Installation, name: str) -> dict[str, Any] | None:
    """How our container has ended, the last time it did."""
    status = ours(installation, name)
    for each in ("state", "lastState"):
        if "terminated" in status.get(each, {}):
            found: dict[str, Any] = status[each]["terminated"]
            return found
    return None


def our_processes(installation: Installation, uid: str) -> set[str]:
    """The ids, on the node, of the processes of our container in a Pod of this uid."""
    find = ["find", "/sys/fs/cgroup", "-path", f"*pod{uid}/*", "-name", "cgroup.procs", "-exec", "cat", "{}", "+"]
    found = set()
    for pid in set(installation.box.run(find, check=False).stdout.split()):
        command = installation.box.run(["cat", f"/proc/{pid}/cmdline"], check=False).stdout
        if "omamori" in command and "report.py" not in command:
            found.add(pid)
    return found


def has_its_file(installation: Installation, name: str, container: str = "app") -> bool:
    """Whether a container has told of the file, with the value that Vault has."""
    (_, file) = installation.report(NAMESPACE, name, container, 1)
    return bool(file.get("sha256") == digest(installation))


def running(installation: Installation, name: str) -> str:
    """Wait until a Pod runs."""
    installation.wait_for_phase(NAMESPACE, name, "Running")
    return name
