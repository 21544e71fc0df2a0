"""Files that are mounted one by one (`mount=file`), on a real node: into what the image fills, and into volumes.

The folder is that of the tests' own program: if the rest of it were hidden, the container could not even start.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.starting import NAMESPACE, WAIT_SECONDS, apply, digest, ours, running
from tests.support.cluster.installation import SECONDS
from tests.support.cluster.manifests import REPORT, container, pod
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

SECRET = "secret/data/shop/mail#password"
IN_IMAGE = "/app/mail.pass"
IN_ETC = "/etc/mail.conf"
FILES = {
    "file.omamori.dev/mail.pass": f"{SECRET} dir=/app mount=file",
    "file.omamori.dev/mail.conf": f"{SECRET} dir=/etc mount=file",
}
STARTS: Mapping[str, Mapping[str, str]] = {
    "init": {**FILES, "omamori.dev/start": "init"},
    "fast": {**FILES, "omamori.dev/start": "fast"},
}
STAYING = (*REPORT, "--stay", IN_IMAGE, IN_ETC)
CONFIG = "mount-file"


@pytest.fixture(scope="module")
def config(starting: Installation) -> Installation:
    """The installation, with a ConfigMap of two keys."""
    metadata = {"name": CONFIG, "namespace": NAMESPACE}
    data = {"app.conf": "one\n", "log.conf": "two\n"}
    starting.nodes.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    return starting


def staying(*mounts: Mapping[str, Any], volumes: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The spec of a Pod whose application stays, with mounts of its own."""
    mine = [dict(each) for each in mounts]
    return {
        "restartPolicy": "Always",
        "volumes": [dict(each) for each in volumes],
        "containers": [container(command=STAYING, volumeMounts=mine)],
    }


def inside(installation: Installation, name: str, *command: str) -> str:
    """What a command says in the application's container."""
    return installation.nodes.kubectl("exec", name, "-n", NAMESPACE, "-c", "app", "--", *command)


def end_application(installation: Installation, name: str) -> None:
    """Have the application end. The command in its container may end with it, and then tells of no success."""
    end = ("/bin/sh", "-c", "kill -TERM 1")
    installation.nodes.kubectl("exec", name, "-n", NAMESPACE, "-c", "app", "--", *end, check=False)


def has_files(installation: Installation, name: str, *paths: str) -> bool:
    """Whether the application's container has files, each with the value that Vault has."""
    said = inside(installation, name, "sha256sum", *paths).split()
    return said == [word for path in paths for word in (digest(installation), path)]


def has_restarted(installation: Installation, name: str, times: int) -> bool:
    """Whether the application's container runs, and was started again so many times."""
    [app] = installation.nodes.get("pod", name, "-n", NAMESPACE)["status"].get("containerStatuses") or [{}]
    return "running" in app.get("state", {}) and app["restartCount"] == times


def pause_processes(installation: Installation, uid: str) -> set[str]:
    """The ids, on the node, of the process that holds the namespaces of a Pod of this uid."""
    find = ["find", "/sys/fs/cgroup", "-path", f"*pod{uid}/*", "-name", "cgroup.procs", "-exec", "cat", "{}", "+"]
    found = set(installation.box.run(find, check=False).stdout.split())
    commands = {pid: installation.box.run(["cat", f"/proc/{pid}/cmdline"], check=False).stdout for pid in found}
    return {pid for pid, command in commands.items() if command.rstrip("\0") == "/pause"}


@pytest.mark.parametrize("start", STARTS)
def test_beside_the_images_files(starting: Installation, start: str) -> None:
    """The application has its file, and all that the image has in the folder; the mount is read-only."""
    name = running(starting, apply(starting, f"single-{start}", STARTS[start], staying()))
    assert has_files(starting, name, IN_IMAGE, IN_ETC)
    assert {"report.py", "mail.pass"} <= set(inside(starting, name, "ls", "/app").split())
    assert {"passwd", "hosts", "mail.conf"} <= set(inside(starting, name, "ls", "/etc").split())
    flags = inside(starting, name, "/bin/sh", "-c", f"grep ' {IN_IMAGE} ' /proc/self/mounts").split()[3]
    assert "ro" in flags.split(",")


@pytest.mark.parametrize("start", STARTS)
def test_the_container_is_restarted(starting: Installation, start: str) -> None:
    """The kubelet mounts the file again for a container that has ended, though Vault is away."""
    name = running(starting, apply(starting, f"single-again-{start}", STARTS[start], staying()))
    assert has_files(starting, name, IN_IMAGE, IN_ETC)
    with starting.without_vault(NAMESPACE):
        end_application(starting, name)
        wait_until(partial(has_restarted, starting, name, 1), SECONDS, "the application was started again")
        assert has_files(starting, name, IN_IMAGE, IN_ETC)
        assert ours(starting, name)["restartCount"] == 0


@pytest.mark.parametrize("start", STARTS)
def test_the_sandbox_is_lost(starting: Installation, start: str) -> None:
    """Our container runs again, and then the application has the file that was written last."""
    name = running(starting, apply(starting, f"single-sandbox-{start}", STARTS[start], staying()))
    before = starting.nodes.get("pod", name, "-n", NAMESPACE)
    [app] = before["status"]["containerStatuses"]
    [pid] = pause_processes(starting, before["metadata"]["uid"])
    starting.box.run(["kill", "-KILL", pid])

    def started_again() -> bool:
        [now] = starting.nodes.get("pod", name, "-n", NAMESPACE)["status"].get("containerStatuses") or [{}]
        return "running" in now.get("state", {}) and now["containerID"] != app["containerID"]

    wait_until(started_again, SECONDS, "the application was started in a new sandbox")
    assert has_files(starting, name, IN_IMAGE, IN_ETC)
    assert starting.nodes.get("pod", name, "-n", NAMESPACE)["metadata"]["uid"] == before["metadata"]["uid"]


def test_beside_files_of_a_config_map(config: Installation) -> None:
    """Where a ConfigMap's files are mounted one by one, ours is beside them."""
    conf = [{"name": "conf", "mountPath": f"/srv/app/{key}", "subPath": key} for key in ("app.conf", "log.conf")]
    asked = {**FILES, "file.omamori.dev/secret.conf": f"{SECRET} dir=/srv/app mount=file"}
    spec = staying(*conf, volumes=[{"name": "conf", "configMap": {"name": CONFIG}}])
    name = running(config, apply(config, "single-config", asked, spec))
    assert has_files(config, name, "/srv/app/secret.conf")
    assert inside(config, name, "ls", "/srv/app").split() == ["app.conf", "log.conf", "secret.conf"]
    assert inside(config, name, "cat", "/srv/app/app.conf", "/srv/app/log.conf") == "one\ntwo\n"


def test_in_a_volume_that_is_written_to(starting: Installation) -> None:
    """Inside an emptyDir of the Pod, where the application writes beside it, and again after a restart."""
    asked = {**FILES, "file.omamori.dev/key": f"{SECRET} dir=/srv/data as=in/key mount=file"}
    spec = staying({"name": "data", "mountPath": "/srv/data"}, volumes=[{"name": "data", "emptyDir": {}}])
    name = running(starting, apply(starting, "single-volume", asked, spec))
    inside(starting, name, "/bin/sh", "-c", "echo own >/srv/data/own")
    for count in (0, 1):
        wait_until(partial(has_restarted, starting, name, count), SECONDS, "the application runs")
        assert has_files(starting, name, "/srv/data/in/key")
        inside(starting, name, "/bin/sh", "-c", "grep -q own /srv/data/own")
        if count == 0:
            end_application(starting, name)


def failure_of(installation: Installation, name: str) -> str:
    """What the kubelet says of an application that it cannot start, "" while it says nothing."""
    [app] = installation.nodes.get("pod", name, "-n", NAMESPACE)["status"].get("containerStatuses") or [{}]
    for each in (app.get("state", {}), app.get("lastState", {})):
        for kind in ("waiting", "terminated"):
            message = each.get(kind, {}).get("message", "")
            if "mount" in message:
                return str(message)
    return ""


@pytest.mark.parametrize(
    "around",
    [
        {"name": "conf", "mountPath": "/srv/app"},
        {"name": "data", "mountPath": "/srv/app", "readOnly": True},
    ],
    ids=["a-config-map", "read-only"],
)
def test_no_file_fits_into_what_is_read_only(
    config: Installation, around: Mapping[str, Any], request: pytest.FixtureRequest
) -> None:
    """Why we refuse it: without omamori, such a Pod does not start, as its mount point cannot be made."""
    name = f"single-raw-{request.node.callspec.id}"
    file = {"name": "other", "mountPath": "/srv/app/secret.conf", "subPath": "app.conf", "readOnly": True}
    volumes = [
        {"name": "conf", "configMap": {"name": CONFIG, "items": [{"key": "log.conf", "path": "log.conf"}]}},
        {"name": "data", "emptyDir": {}},
        {"name": "other", "configMap": {"name": CONFIG}},
    ]
    spec = {
        "volumes": volumes,
        "restartPolicy": "Always",
        "containers": [container(command=("sleep", "infinity"), volumeMounts=[dict(around), file])],
    }
    config.nodes.apply(config.account(NAMESPACE, name), pod(NAMESPACE, name, {}, spec))
    said = wait_until(partial(failure_of, config, name), SECONDS + WAIT_SECONDS, "the container could not start")
    # in a ConfigMap's volume the kubelet has made a folder, on which no file can be mounted
    assert ("not a directory" if around["name"] == "conf" else "read-only file system") in said
    [app] = config.nodes.get("pod", name, "-n", NAMESPACE)["status"]["containerStatuses"]
    assert not app.get("started")
