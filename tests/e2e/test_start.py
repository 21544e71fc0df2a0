"""The start of native sidecars on a real node: what holds the application back, for how long, and what people see."""

from __future__ import annotations

import hashlib
import json
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.cluster.images import APP
from tests.support.cluster.manifests import REPORT, container, controlled, pod
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

NAMESPACE = "starting"
PATH = "/vault/secrets/mail.pass"
FILE = {"file.omamori.dev/mail.pass": "secret/data/shop/mail#password"}
FAST = {**FILE, "omamori.dev/start": "fast"}
SIDECAR = {**FILE, "omamori.dev/mode": "sidecar"}
WAYS: Mapping[str, Mapping[str, str]] = {"fast": FAST, "sidecar": SIDECAR}
WAIT_SECONDS = 20  # OMAMORI_START_WAIT_SECONDS, as it is by default
GRACE_SECONDS = 2  # of the Pods
STAYING = (*REPORT, "--stay", PATH)
ALWAYS: Mapping[str, Any] = {"restartPolicy": "Always", "containers": [container(command=STAYING)]}


@pytest.fixture(scope="module")
def starting(installation: Installation) -> Installation:
    """The installation, with a namespace."""
    installation.namespace(NAMESPACE)
    return installation


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


def kill_ours(installation: Installation, uid: str) -> None:
    """End the process of our container as the kernel does where memory is short."""
    [pid] = our_processes(installation, uid)
    installation.box.run(["kill", "-KILL", pid])


def has_its_file(installation: Installation, name: str, container: str = "app") -> bool:
    """Whether a container has told of the file, with the value that Vault has."""
    (_, file) = installation.report(NAMESPACE, name, container, 1)
    return bool(file.get("sha256") == digest(installation))


def running(installation: Installation, name: str) -> str:
    """Wait until a Pod runs."""
    installation.wait_for_phase(NAMESPACE, name, "Running")
    return name


def test_vault_comes_back_within_the_wait(starting: Installation) -> None:
    """The hook waits, and the application starts at once when the files are there, without a restart."""
    names = {f"soon-{way}": asked for way, asked in WAYS.items()}
    with starting.without_vault(NAMESPACE, *names):
        for name, asked in names.items():
            apply_pod(starting, name, asked, ALWAYS)
        time.sleep(5)  # an outage of some seconds, while nothing is to be seen in the Pods' status
    back = time.monotonic()
    for name in names:
        assert has_its_file(starting, running(starting, name))
        assert ours(starting, name)["restartCount"] == 0
    print(f"\n    running {time.monotonic() - back:.1f} s after Vault was back")


def test_vault_stays_away(starting: Installation) -> None:
    """The container ends with the reason before the hook gives up, and `kubectl describe pod` shows it."""
    names = {f"long-{way}": asked for way, asked in WAYS.items()}
    with starting.without_vault(NAMESPACE, *names):
        for name, asked in names.items():
            apply_pod(starting, name, asked, ALWAYS)
        for name in names:
            found = wait_until(partial(last_end, starting, name), 90, "the container has ended")
            assert found["exitCode"] == 10
            said = json.loads(found["message"].splitlines()[-1])
            assert said["reason"] == "vault-unreachable"
            assert said["hint"]
            assert said["reason"] in starting.nodes.kubectl("describe", "pod", name, "-n", NAMESPACE)
            [app] = starting.nodes.get("pod", name, "-n", NAMESPACE)["status"]["containerStatuses"]
            assert "waiting" in app["state"]
    back = time.monotonic()
    for name in names:
        assert has_its_file(starting, running(starting, name))
    print(f"\n    running {time.monotonic() - back:.1f} s after Vault was back")


@pytest.mark.parametrize("way", WAYS)
def test_a_deletion_while_vault_is_away(starting: Installation, way: str) -> None:
    """It waits for the hook, and no longer."""
    name = f"deleted-{way}"
    with starting.without_vault(NAMESPACE, name):
        apply_pod(starting, name, WAYS[way], ALWAYS)
        wait_until(partial(is_placed, starting, name), 60, "it is on its node")
        time.sleep(3)  # the hook has begun: the status does not say so
        took = deleted_within(starting, name)
    print(f"\n    {way}: deleted within {took:.1f} s")
    assert took < 3 * (WAIT_SECONDS + 3)


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


@pytest.mark.parametrize("policy", ["Never", "OnFailure"])
@pytest.mark.parametrize("way", WAYS)
def test_a_pod_that_ends(starting: Installation, way: str, policy: str) -> None:
    """It has its file, and ends although our container stays."""
    spec = {"restartPolicy": policy, "containers": [container(command=(*REPORT, PATH))]}
    name = apply(starting, f"ends-{way}-{policy.lower()}", WAYS[way], spec)
    starting.wait_for_phase(NAMESPACE, name, "Succeeded")
    assert has_its_file(starting, name)


def test_a_job_ends(starting: Installation) -> None:
    """A Job of mode init that starts fast is complete."""
    job = pod(NAMESPACE, "job", FAST, {"containers": [container(command=(*REPORT, PATH))]})
    starting.nodes.apply(starting.account(NAMESPACE, "job"), controlled("Job", job, 1))
    starting.nodes.kubectl(
        "wait", "--for=condition=complete", "job/job", "-n", NAMESPACE, "--timeout=120s", seconds=150
    )


def init(name: str, command: Sequence[str], **fields: Any) -> dict[str, Any]:
    """An init container of the author's."""
    return {"name": name, "image": APP, "imagePullPolicy": "Never", "command": list(command), **fields}


@pytest.mark.parametrize("way", WAYS)
def test_the_authors_own_containers_see_the_files(starting: Installation, way: str) -> None:
    """An init container, a native sidecar and the application behind ours, behind a mesh's proxy."""
    proxy = init("istio-proxy", ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"])
    proxy["restartPolicy"] = "Always"
    spec = {
        "restartPolicy": "Always",
        "initContainers": [
            proxy,
            init("migrate", (*REPORT, PATH)),
            init("beside", STAYING, restartPolicy="Always"),
        ],
        "containers": [container(command=STAYING)],
    }
    asked = {
        **WAYS[way],
        "omamori.dev/position": "after:istio-proxy",
        "omamori.dev/containers": "app,migrate,beside",
    }
    name = running(starting, apply(starting, f"others-{way}", asked, spec))
    order = [each["name"] for each in starting.nodes.get("pod", name, "-n", NAMESPACE)["spec"]["initContainers"]]
    assert order[0] == "istio-proxy"
    assert order[1].startswith("omamori-")
    for each in ("migrate", "beside", "app"):
        assert has_its_file(starting, name, each)


def test_the_kubelet_is_restarted(starting: Installation) -> None:
    """During the hook the Pod comes up all the same; after it, nothing is touched."""
    settled = {way: running(starting, apply(starting, f"settled-{way}", asked, ALWAYS)) for way, asked in WAYS.items()}
    before = {name: starting.nodes.get("pod", name, "-n", NAMESPACE)["status"] for name in settled.values()}
    waiting = {f"waiting-{way}": asked for way, asked in WAYS.items()}
    with starting.without_vault(NAMESPACE, *waiting):
        for name, asked in waiting.items():
            apply_pod(starting, name, asked, ALWAYS)
            wait_until(partial(is_placed, starting, name), 60, "it is on its node")
        time.sleep(3)  # the hooks have begun
        starting.nodes.kubelet.restart()
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


def charged_kibibytes(installation: Installation, pid: str) -> int:
    """The memory that is charged to a process's cgroup, of version 1 or 2, without pages of files on a disk."""
    lines = [line.split(":", 2) for line in installation.box.run(["cat", f"/proc/{pid}/cgroup"]).stdout.splitlines()]
    paths = {controllers: path for _, controllers, path in lines}
    if "memory" in paths:
        folder, usage = f"/sys/fs/cgroup/memory{paths['memory']}", "memory.usage_in_bytes"
    else:
        folder, usage = f"/sys/fs/cgroup{paths['']}", "memory.current"
    stat = dict(line.split() for line in installation.box.run(["cat", f"{folder}/memory.stat"]).stdout.splitlines())
    droppable = int(stat["inactive_file"]) + int(stat["active_file"])
    return (int(installation.box.run(["cat", f"{folder}/{usage}"]).stdout) - droppable) >> 10
