"""The images: who runs in them, what is compiled, and that they hold what is needed and no more."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.images import INJECTOR, WEBHOOK
from tests.e2e.manifests import pod

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.images import Images
    from tests.e2e.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

NAMESPACE = "images"
TAG = "cpython-311"
UNCHECKED = 1  # the flags of a compiled file that Python does not compare with its source

CONFINED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}

LOADED = """\
import os, runpy, sys
def leave(code):
    for module in sys.modules.values():
        print(getattr(module, "__file__", None) or "")
    sys.stdout.flush()
    exit_now(code)
exit_now, os._exit = os._exit, leave
runpy.run_path(sys.argv[1])
"""


def configuration(archive: Path) -> dict[str, Any]:
    """Read the configuration of an image from its docker archive."""
    with tarfile.open(archive) as opened:
        manifest = json.load(_file(opened, "manifest.json"))
        found: dict[str, Any] = json.load(_file(opened, manifest[0]["Config"]))["config"]
        return found


def ours(archive: Path) -> dict[str, bytes]:
    """Read the files under /opt/omamori from the layers of an image."""
    found = {}
    with tarfile.open(archive) as opened:
        for layer in json.load(_file(opened, "manifest.json"))[0]["Layers"]:
            with tarfile.open(fileobj=_file(opened, layer)) as inner:
                for member in inner:
                    if member.isfile() and member.name.startswith("opt/omamori/"):
                        found[member.name.removeprefix("opt/omamori/")] = _file(inner, member.name).read()
    return found


def _file(archive: tarfile.TarFile, name: str) -> Any:
    opened = archive.extractfile(name)
    assert opened is not None
    return opened


def test_users(images: Images) -> None:
    """Both run as a user by number, which runAsNonRoot can judge, and start Python without what others could put in."""
    injector, webhook = configuration(images.injector), configuration(images.webhook)
    assert injector["User"] == webhook["User"] == "65532:65532"
    assert injector["Entrypoint"][:4] == ["python3", "-I", "-S", "-B"]
    assert webhook["Entrypoint"] == ["python3", "-P", "-m", "webhook"]


@pytest.mark.parametrize("name", ["injector", "webhook"])
def test_compiled(images: Images, name: str) -> None:
    """Each module of ours is compiled, in the form that spares a look at its source."""
    files = ours(getattr(images, name))
    modules = [each for each in files if each.endswith(".py") and each.partition("/")[0] in {"vault", "webhook"}]
    assert modules
    for module in modules:
        folder, _, file = module.rpartition("/")
        compiled = files[f"{folder}/__pycache__/{file.removesuffix('.py')}.{TAG}.pyc"]
        assert int.from_bytes(compiled[4:8], "little") == UNCHECKED


def test_injector_holds_what_it_loads(images: Images) -> None:
    """The injector's image has those modules of ours that its program loads, and no others."""
    context = images.injector_context
    start = context / "vault/injector/start.py"
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", LOADED, start], env={}, capture_output=True, text=True, check=False
    )
    loaded = {line for line in ended.stdout.splitlines() if line.startswith(str(context))}
    assert ended.returncode == 2
    assert loaded | {str(start)} == {str(each) for each in context.rglob("*.py")}
    assert not any("site-packages" in line for line in ended.stdout.splitlines())


def test_injector_needs_nothing_installed(images: Images) -> None:
    """Beside our modules the injector's image adds nothing to its base."""
    files = {each for each in ours(images.injector) if "__pycache__" not in each}
    assert {each.partition("/")[0] for each in files} == {"vault"}


@pytest.mark.parametrize(
    ("name", "image", "said"),
    [
        ("injector", INJECTOR, "there is no OMAMORI_PLAN in the environment"),
        ("webhook", WEBHOOK, "OMAMORI_VAULTS is missing"),
    ],
)
def test_confined(installation: Installation, name: str, image: str, said: str) -> None:
    """With a read-only root, as nobody and without arguments each starts, and ends with 2 and the reason."""
    installation.namespace(NAMESPACE)
    container = {"name": "app", "image": image, "imagePullPolicy": "Never", "securityContext": CONFINED}
    installation.nodes.apply(pod(NAMESPACE, name, {}, {"serviceAccountName": "default", "containers": [container]}))
    found = installation.wait_for_phase(NAMESPACE, name, "Failed")
    assert found["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 2
    assert said in installation.nodes.kubectl("logs", name, "-n", NAMESPACE)
