"""Where the images are from: the same commit gives the same image, and each tells what is in it."""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.archives import configuration, files_of, open_member
from tests.realparts.images import build_afresh
from tests.realparts.parts import part
from tests.support.cluster.images import AGENT, TOOLS, WEBHOOK, stage
from tests.support.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.cluster.images import Images

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

BILL = "usr/share/sbom/omamori.cdx.json"
TAGS = {"agent": AGENT, "webhook": WEBHOOK, "tools": TOOLS}
NAMES = list(TAGS)


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build contexts, assembled a second time."""
    folder = tmp_path_factory.mktemp("again")
    stage(folder)
    return folder


@pytest.fixture(scope="module")
def base() -> tuple[Mapping[str, str], Mapping[str, set[str]]]:
    """The versions of the base's packages, and whose each of its files is, read from dpkg's own records."""
    with tarfile.open(part("rootfs") / "rootfs.tar") as opened:
        status = open_member(opened, "./var/lib/dpkg/status").read().decode()
        records = (dict(re.findall(r"^(\w+): (.*)$", record, re.MULTILINE)) for record in status.split("\n\n"))
        versions = {each["Package"]: each["Version"] for each in records if each}
        owners: dict[str, set[str]] = {}
        for member in opened:
            path = PurePosixPath(member.name)
            if path.suffix == ".list" and path.parent.name == "info":
                for line in open_member(opened, member.name).read().decode().splitlines():
                    owners.setdefault(_plain(line), set()).add(path.stem.partition(":")[0])
    return versions, owners


def _plain(path: str) -> str:
    """A file's path, as it is since /lib became a link to /usr/lib."""
    path = path.lstrip("/")
    return f"usr/{path}" if path.partition("/")[0] in {"lib", "lib64", "bin"} else path


@pytest.mark.parametrize("name", NAMES)
def test_same_digest_twice(images: Images, staged: Path, tmp_path: Path, name: str) -> None:
    """Staged and built a second time, an image is the same, byte for byte."""
    again = tmp_path / "again.tar"
    build_afresh(staged / name / "Containerfile", staged / name, TAGS[name], again)
    first, second = (hashlib.sha256(each.read_bytes()).hexdigest() for each in (getattr(images, name), again))
    assert first == second


@pytest.mark.parametrize("name", NAMES)
def test_system_packages(images: Images, base: tuple[Mapping[str, str], Mapping[str, set[str]]], name: str) -> None:
    """The bill names each library's package, in the base's version, and no package of which there is no file."""
    versions, owners = base
    files = files_of(getattr(images, name))
    named = {each["name"]: each["version"] for each in _components(files, "pkg:deb/")}
    libraries = [_plain(file) for file in files if re.search(r"^(usr/)?lib.*\.so(\.|$)", file)]

    assert {"libc6", "ca-certificates"} <= set(named)
    assert named == {each: versions[each] for each in named}
    assert len(libraries) >= 9
    # a library's name may be a link there, which its package makes only when it is installed
    known = {file: owner for file in libraries if (owner := owners.get(file))}
    assert len(known) > len(libraries) / 2
    assert all(owner <= set(named) for owner in known.values())
    sources = {_plain(file.removesuffix("c") if file.endswith(".pyc") else file) for file in files}
    assert not {each for each in named if not any(each in owners.get(file, ()) for file in sources)} - {
        "ca-certificates"  # its files are there under their hashes
    }


@pytest.mark.parametrize("name", NAMES)
def test_python_packages(images: Images, name: str) -> None:
    """The bill names the Python packages that are there, each in its version, and no others; the agent has none."""
    files = files_of(getattr(images, name))
    listed = {(each["name"], each["version"]) for each in _components(files, "pkg:pypi/")}
    folders = {file.split("/")[2] for file in files if ".dist-info/" in file and file.startswith("opt/omamori/")}
    installed = {tuple(folder.removesuffix(".dist-info").rsplit("-", 1)) for folder in folders}
    canonical = {(re.sub(r"[-_.]+", "-", each).lower(), version) for each, version in installed}  # PEP 503

    assert (len(installed) > 8) == (name != "agent")
    assert canonical - {("omamori", VERSION)} == listed


@pytest.mark.parametrize("name", NAMES)
def test_names_itself(images: Images, name: str) -> None:
    """The bill is CycloneDX, of this image and release, and names the interpreter; the image's labels name it too."""
    bill = json.loads(files_of(getattr(images, name))[BILL])
    labels = configuration(getattr(images, name))["Labels"]
    (interpreter,) = [each for each in bill["components"] if each["type"] == "platform"]

    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == labels["org.opencontainers.image.title"] == f"omamori-{name}"
    assert bill["metadata"]["component"]["version"] == labels["org.opencontainers.image.version"] == VERSION
    assert interpreter["name"] == "cpython"
    assert "serialNumber" not in bill


def _components(files: Mapping[str, bytes], purl: str) -> list[dict[str, Any]]:
    components = json.loads(files[BILL])["components"]
    return [each for each in components if each.get("purl", "").startswith(purl)]
