"""What may happen to a native sidecar after its start or during it: its end, that of its kubelet, a lack of memory."""

from __future__ import annotations

import hashlib
import signal
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.e2e.starting import (
    ALWAYS,
    FAST,
    NAMESPACE,
    PATH,
    SIDECAR,
    WAIT_SECONDS,
    WAYS,
    apply,
    apply_pod,
    deleted_within,
    digest,
    has_its_file,
    is_placed,
    last_end,
    our_processes,
    ours,
    running,
)
from tests.support.canary import Canary
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]


LARGE_BYTES = 400_000  # of a secret that its volume has room for
ROOM_BYTES = 256 << 10  # beside what the container takes while it waits


def kill_ours(installation: Installation, uid: str) -> None:
    """End the process of our container as the kernel does where memory is short."""
    [pid] = our_processes(installation, uid)
    installation.box.run(["kill", "-KILL", pid])


@pytest.mark.parametrize("way", WAYS)
def test_the_container_is_killed_while_vault_is_away(starting: Installation, way: str) -> None:
    """As for its memory: the files stay, the application is not touched, and nothing waits for the hook."""
    name = running(starting, apply(starting, f"killed-{way}", WAYS[way], ALWAYS))
    assert has_its_file(starting, name)
    uid = starting.nodes.get("pod", name, "-n", NAMESPACE)["metadata"]["uid"]
    with starting.without_vault(NAMESPACE):
        kill_ours(starting, uid)
        wait_until(lambda: ours(starting, name).get("restartCount", 0) >= 1, 60, "it was started again")
        inside = ("exec", name, "-n", NAMESPACE, "-c", "app", "--", "sha256sum", PATH)
        assert starting.nodes.kubectl(*inside).split()[0] == digest(starting)
        [app] = starting.nodes.get("pod", name, "-n", NAMESPACE)["status"]["containerStatuses"]
        assert (app["restartCount"], app["ready"]) == (0, True)
        took = deleted_within(starting, name)
    print(f"\n    {way}: deleted within {took:.1f} s")
    assert took < WAIT_SECONDS


def test_the_sidecar_is_out_of_memory(starting: Installation) -> None:
    """The kernel kills it while it takes a secret that has grown: the application keeps its file, then gets the new."""
    admin = starting.vault.admin
    small, large = Canary.plain(), "x" * LARGE_BYTES
    admin.write("secret/data/shop/growing", data={"password": small.value})
    asked = {**SIDECAR, "file.omamori.dev/mail.pass": "secret/data/shop/growing#password", "omamori.dev/refresh": "2s"}
    name = running(starting, apply(starting, "growing", asked, ALWAYS))
    uid = starting.nodes.get("pod", name, "-n", NAMESPACE)["metadata"]["uid"]
    [pid] = our_processes(starting, uid)
    folder, usage, limit = memory_group(starting, pid)
    used = int(starting.box.run(["cat", f"{folder}/{usage}"]).stdout)
    starting.box.run(["/bin/sh", "-c", f"echo {used + ROOM_BYTES} >{folder}/{limit}"])
    admin.write("secret/data/shop/growing", data={"password": large})

    ended = wait_until(partial(last_end, starting, name), 60, "the container has ended")
    assert (ended["reason"], ended["exitCode"]) == ("OOMKilled", 137)
    inside = ("exec", name, "-n", NAMESPACE, "-c", "app", "--", "sha256sum", PATH)
    wanted = hashlib.sha256(large.encode()).hexdigest()
    wait_until(lambda: starting.nodes.kubectl(*inside).split()[0] == wanted, 60, "the new value is there")
    [app] = starting.nodes.get("pod", name, "-n", NAMESPACE)["status"]["containerStatuses"]
    assert (app["restartCount"], app["ready"]) == (0, True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_kubelet_is_restarted(starting: Installation, number: signal.Signals) -> None:
    """However it ended: during the hook the Pod comes up all the same; after it, nothing is touched."""
    end = number.name.lower()
    settled = {
        way: running(starting, apply(starting, f"settled-{way}-{end}", asked, ALWAYS)) for way, asked in WAYS.items()
    }
    before = {name: starting.nodes.get("pod", name, "-n", NAMESPACE)["status"] for name in settled.values()}
    waiting = {f"waiting-{way}-{end}": asked for way, asked in WAYS.items()}
    with starting.without_vault(NAMESPACE, *waiting):
        for name, asked in waiting.items():
            apply_pod(starting, name, asked, ALWAYS)
            wait_until(partial(is_placed, starting, name), 60, "it is on its node")
        time.sleep(3)  # the hooks have begun
        starting.nodes.kubelet.restart(number=number)
    back = time.monotonic()
    for name in waiting:
        assert has_its_file(starting, running(starting, name))
    print(f"\n    running {time.monotonic() - back:.1f} s after Vault was back; restarts:")
    for name in waiting:
        print(f"    {name}: {ours(starting, name)['restartCount']}")
    for name, status in before.items():
        now = starting.nodes.get("pod", name, "-n", NAMESPACE)["status"]
        for kind in ("initContainerStatuses", "containerStatuses"):
            counts = [[each["restartCount"] for each in found[kind]] for found in (status, now)]
            assert counts[0] == counts[1], name


def test_what_stays_is_small(starting: Installation) -> None:
    """At most half a mebibyte resident, and at most one by its cgroup, without what the kernel can drop at once."""
    name = running(starting, apply(starting, "small", FAST, ALWAYS))
    uid = starting.nodes.get("pod", name, "-n", NAMESPACE)["metadata"]["uid"]
    [pid] = our_processes(starting, uid)
    status = starting.box.run(["cat", f"/proc/{pid}/status"]).stdout
    resident = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))
    charged = charged_kibibytes(starting, pid)
    print(f"\n    resident {resident} KiB; charged to its cgroup, without files that can be dropped, {charged} KiB")
    assert resident <= 512
    assert charged <= 1024


def memory_group(installation: Installation, pid: str) -> tuple[str, str, str]:
    """The folder of a process's memory cgroup, of version 1 or 2, and its files of what is used and what may be."""
    lines = [line.split(":", 2) for line in installation.box.run(["cat", f"/proc/{pid}/cgroup"]).stdout.splitlines()]
    paths = {controllers: path for _, controllers, path in lines}
    if "memory" in paths:
        return f"/sys/fs/cgroup/memory{paths['memory']}", "memory.usage_in_bytes", "memory.limit_in_bytes"
    return f"/sys/fs/cgroup{paths['']}", "memory.current", "memory.max"


def charged_kibibytes(installation: Installation, pid: str) -> int:
    """The memory that is charged to a process's cgroup, of version 1 or 2, without pages of files on a disk."""
    folder, usage, _ = memory_group(installation, pid)
    stat = dict(line.split() for line in installation.box.run(["cat", f"{folder}/memory.stat"]).stdout.splitlines())
    droppable = int(stat["inactive_file"]) + int(stat["active_file"])
    return (int(installation.box.run(["cat", f"{folder}/{usage}"]).stdout) - droppable) >> 10
