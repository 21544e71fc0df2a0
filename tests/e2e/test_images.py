"""The images: who runs in them, what is compiled, and that they hold what is needed and no more."""

from __future__ import annotations

import gzip
import json
import stat
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING

import pytest

from tests.e2e.archives import configuration, files_of, open_member
from tests.realparts.parts import part
from tests.support.cluster.images import AGENT, PROJECT, WEBHOOK
from tests.support.cluster.manifests import pod

if TYPE_CHECKING:
    from tests.support.cluster.images import Images
    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

NAMESPACE = "images"
UNCHECKED = 1  # the flags of a compiled file that Python does not compare with its source

CONFINED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}

READ_BY_RELEASE = f"""\
import sys, json, pathlib
sys.path.insert(0, {str(PROJECT / "deploy/release")!r})
import containerfile
stages = containerfile.stages(pathlib.Path(sys.argv[1]))
print(json.dumps(containerfile.run_configuration(stages[containerfile.LAST])))
"""

LOADED = """\
import os, runpy, sys
start, listed = sys.argv[1:]
del sys.argv[1:]
def leave(code):
    with open(listed) as lines:  # a sidecar and the commands load more than a program that ends at once
        for line in lines:
            if line.startswith("vault."):
                __import__(line.split()[0])
    for module in sys.modules.values():
        print(getattr(module, "__file__", None) or "")
    sys.stdout.flush()
    exit_now(code)
exit_now, os._exit = os._exit, leave
runpy.run_path(start)
"""


def test_users(images: Images) -> None:
    """All run as a user by number, which runAsNonRoot can judge, and start Python without what others could put in."""
    agent, webhook, tools = map(configuration, (images.agent, images.webhook, images.tools))
    assert agent["User"] == webhook["User"] == tools["User"] == "65532:65532"
    assert agent["Entrypoint"][:4] == ["/usr/bin/python3", "-I", "-S", "-B"]
    assert webhook["Entrypoint"] == tools["Entrypoint"] == ["/usr/bin/python3", "-P", "-m", "webhook"]


@pytest.mark.parametrize("name", ["agent", "webhook", "tools"])
def test_release_reads_containerfiles_alike(images: Images, name: str) -> None:
    """What a release, which has no container engine, reads from a Containerfile is what podman makes of it."""
    file = getattr(images, f"{name}_context") / "Containerfile"
    read = subprocess.run([sys.executable, "-c", READ_BY_RELEASE, file], capture_output=True, text=True, check=True)
    ours, podmans = json.loads(read.stdout), configuration(getattr(images, name))
    assert set(ours["Labels"].items()) <= set(podmans.pop("Labels").items())
    assert set(ours.pop("Env", [])) == {each for each in podmans.pop("Env", []) if not each.startswith("PATH=")}
    del ours["Labels"]
    assert ours == {key: value for key, value in podmans.items() if value and key != "WorkingDir"}


@pytest.mark.parametrize("name", ["agent", "webhook", "tools"])
def test_compiled(images: Images, name: str) -> None:
    """Each module is compiled, in the form that spares a look at a source, and there are no sources but the script."""
    files = files_of(getattr(images, name))
    compiled = [contents for file, contents in files.items() if file.endswith(".pyc")]
    sources = [file for file in files if file.endswith(".py")]

    assert len(compiled) > 50
    assert {int.from_bytes(contents[4:8], "little") for contents in compiled} == {UNCHECKED}
    assert {file.rpartition("/")[2] for file in sources} <= {"start.py"}


@pytest.mark.parametrize("name", ["agent", "webhook", "tools"])
def test_nothing_to_live_off(images: Images, name: str) -> None:
    """The programs are the interpreter, ours and the launcher's: no shell, package manager, compiler or tool."""
    files = files_of(getattr(images, name))
    programs = {file for file in files if file.partition("/")[0] in {"bin", "sbin"} or "/bin/" in f"/{file}"}
    ours = {"omamori-agent", "omamori-launch", "omamori-ready", "omamori-stay"} if name == "agent" else set()
    assert {file.rpartition("/")[2].rstrip("0123456789.") for file in programs} == {"python"} | ours
    assert not any("/pip/" in file for file in files)


def test_launcher(images: Images) -> None:
    """The launcher's programs are in the agent's image as they were compiled, for everybody to execute."""
    compiled = part("launcher") / "tree/opt/omamori/bin"
    with tarfile.open(images.agent) as opened:
        (layer,) = json.load(open_member(opened, "manifest.json"))[0]["Layers"]
        with tarfile.open(fileobj=open_member(opened, layer)) as inner:
            for program in ("omamori-launch", "omamori-ready", "omamori-stay"):
                member = inner.getmember(f"opt/omamori/bin/{program}")
                assert (stat.S_IMODE(member.mode), member.uid, member.gid) == (0o555, 0, 0)
                assert open_member(inner, member.name).read() == (compiled / program).read_bytes()


def test_size(images: Images) -> None:
    """The agent's image has at most 30 MiB, compressed."""
    assert len(gzip.compress(images.agent.read_bytes(), 6)) < 30 * 2**20


def test_agent_holds_what_it_loads(images: Images) -> None:
    """The agent's image has those modules of ours that its program loads, and no others."""
    context = images.agent_context / "vault"
    start = context / "agent/start.py"
    listed = images.agent_context / "modules.txt"
    command = [sys.executable, "-I", "-S", "-B", "-c", LOADED, str(start), str(listed)]
    ended = subprocess.run(command, env={}, capture_output=True, text=True, check=False)
    loaded = {line for line in ended.stdout.splitlines() if line.startswith(str(context))}
    assert ended.returncode == 2
    assert loaded | {str(start)} == {str(each) for each in context.rglob("*.py")}
    assert not any("site-packages" in line for line in ended.stdout.splitlines())


@pytest.mark.parametrize(
    ("name", "image", "code", "said"),
    [
        ("agent", AGENT, 2, "there is no OMAMORI_PLAN in the environment"),
        ("webhook", WEBHOOK, 1, "OMAMORI_VAULTS is missing"),
    ],
)
def test_confined(installation: Installation, name: str, image: str, code: int, said: str) -> None:
    """With a read-only root, as nobody and without arguments each starts, and ends with its code and the reason."""
    installation.namespace(NAMESPACE)
    container = {"name": "app", "image": image, "imagePullPolicy": "Never", "securityContext": CONFINED}
    installation.nodes.apply(pod(NAMESPACE, name, {}, {"serviceAccountName": "default", "containers": [container]}))
    found = installation.wait_for_phase(NAMESPACE, name, "Failed")
    assert found["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == code
    assert said in installation.nodes.kubectl("logs", name, "-n", NAMESPACE)
