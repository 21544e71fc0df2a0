"""Where a Pod cannot get its secrets, its status says why and what to do, and nothing is half done."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from tests.e2e.faults import OURS, SECONDS, WRONG, Fault
from tests.support.canary import occurrences
from tests.support.cluster.installation import DEADLINE_SECONDS, Installation
from tests.support.cluster.manifests import container, pod
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

NAMES = [each.name for each in WRONG]


@pytest.mark.parametrize("name", NAMES)
def test_reason(faults: dict[str, Fault], record: Callable[[str, str], None], name: str) -> None:
    """`kubectl describe pod` shows the exit code, the reason, Vault's words and the hint."""
    fault = faults[name]
    record(f"describe-{name}.txt", fault.described)
    assert fault.ended["exitCode"] == fault.wrong.exit_code
    assert fault.said["reason"] == fault.wrong.reason
    assert fault.wrong.words in fault.said["message"]
    assert fault.wrong.hint in fault.said.get("hint", "")
    assert re.search(rf"State: +Terminated.*?Exit Code: +{fault.wrong.exit_code}\n", fault.described, re.DOTALL)
    assert f'"reason": "{fault.wrong.reason}"' in fault.described
    assert fault.ended["message"] in fault.described
    assert fault.ended["message"] in fault.log


@pytest.mark.parametrize("name", NAMES)
def test_nothing_half_written(faults: dict[str, Fault], name: str) -> None:
    """The volume is empty, although another of the Pod's secrets could be read, and the application never started."""
    fault = faults[name]
    assert fault.files == []
    assert not fault.app["started"]
    assert fault.app["state"]["waiting"]["reason"] == "PodInitializing"
    assert fault.app["restartCount"] == 0


@pytest.mark.parametrize("name", [name for name in NAMES if name != "unreachable"])
def test_final_at_once(faults: dict[str, Fault], name: str) -> None:
    """What no waiting fixes is not waited for."""
    ended = faults[name].ended
    started, finished = (datetime.fromisoformat(ended[each]) for each in ("startedAt", "finishedAt"))
    assert (finished - started).total_seconds() < DEADLINE_SECONDS / 3
    assert "no answer to use yet" not in faults[name].log


def test_unreachable_is_waited_for(faults: dict[str, Fault]) -> None:
    """A Vault that does not answer is tried until the deadline."""
    ended = faults["unreachable"].ended
    started, finished = (datetime.fromisoformat(ended[each]) for each in ("startedAt", "finishedAt"))
    assert (finished - started).total_seconds() > DEADLINE_SECONDS / 2
    assert faults["unreachable"].log.count("no answer to use yet") > 3


def test_no_secret_is_said(installation: Installation, faults: dict[str, Fault]) -> None:
    """Neither logs nor descriptions of failed Pods hold the secret that could be read."""
    said = "".join(fault.log + fault.described for fault in faults.values()).encode()
    for canary in installation.canaries.values():
        assert not occurrences(canary, said)


def test_files_are_seen(installation: Installation) -> None:
    """The look at the volume that finds nothing in the failed Pods finds the files of one that runs."""
    installation.namespace("shop")
    command = ["python3", "/app/report.py", "--stay"]
    asking = {"file.omamori.dev/seen": "secret/data/shop/db#password"}
    seen = pod("shop", "seen", asking, {"containers": [container(command=command)]})
    installation.nodes.apply(installation.account("shop", "seen"), seen)
    found = installation.wait_for_phase("shop", "seen", "Running")
    assert {"seen", "..data"} <= set(installation.files_on_node(found))
    installation.nodes.kubectl("delete", "pod", "seen", "-n", "shop")


def test_vault_comes_up(installation: Installation) -> None:
    """While Vault is away the init container waits; when Vault is back it goes on, without a restart."""
    installation.namespace("shop")
    waiting = pod("shop", "patient", {"file.omamori.dev/mail.pass": "secret/data/shop/mail#password"}, {})
    installation.nodes.apply(installation.account("shop", "patient"))

    def waits() -> bool:
        log = installation.nodes.kubectl("logs", "patient", "-n", "shop", "-c", OURS, check=False)
        return "no answer to use yet" in log

    installation.vault.stop()
    try:
        installation.nodes.apply(waiting)
        wait_until(waits, SECONDS, "the init container says that it waits")
        found = installation.nodes.get("pod", "patient", "-n", "shop")
        assert "running" in found["status"]["initContainerStatuses"][0]["state"]
    finally:
        installation.vault.start()
    found = installation.wait_for_phase("shop", "patient", "Succeeded")
    assert found["status"]["initContainerStatuses"][0]["restartCount"] == 0
