"""The images of a release: valid layouts for two architectures, which other programs read, with bills of what is in."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.realparts.sandbox import sandbox
from tests.release.conftest import Release
from tests.support.version import VERSION

if TYPE_CHECKING:
    from typing import Any

pytestmark = [pytest.mark.real, pytest.mark.long, pytest.mark.timeout(900)]

IMAGES = ("agent", "tools", "webhook")
ARCHITECTURES = ("amd64", "arm64")
MACHINES = {"amd64": "Advanced Micro Devices X86-64", "arm64": "AArch64"}


def described(document: Any) -> list[dict[str, Any]]:
    """Give every descriptor in a document, at any depth."""
    if isinstance(document, dict):
        own = [document] if {"digest", "size"} <= set(document) else []
        return own + [found for each in document.values() for found in described(each)]
    if isinstance(document, list):
        return [found for each in document for found in described(each)]
    return []


@pytest.mark.parametrize("name", IMAGES)
def test_layout(released: Release, name: str) -> None:
    """Every descriptor tells the size and the digest of a blob that is there, for both architectures."""
    image = released.image(name)
    assert json.loads(image.read("oci-layout")) == {"imageLayoutVersion": "1.0.0"}
    unread = described(json.loads(image.read("index.json")))
    (top,) = unread
    assert top["annotations"] == {"org.opencontainers.image.ref.name": VERSION}
    seen = 0
    while unread:
        descriptor = unread.pop()
        blob = image.blob(descriptor)
        seen += 1
        assert (descriptor["size"], descriptor["digest"]) == (len(blob), f"sha256:{hashlib.sha256(blob).hexdigest()}")
        if descriptor["mediaType"].endswith("json"):
            unread += described(json.loads(blob))
    assert seen == 1 + 2 * 3  # the index, and of each architecture the manifest, the configuration and the layer
    assert set(image.manifests()) == set(ARCHITECTURES)


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_programs(released: Release, tmp_path: Path, name: str, architecture: str) -> None:
    """Every compiled file of an image is for its architecture, and the version is in its label."""
    image = released.image(name)
    tree = image.unpack(architecture, tmp_path)
    configuration = image.configuration(architecture)
    assert (configuration["architecture"], configuration["config"]["User"]) == (architecture, "65532:65532")
    assert configuration["config"]["Labels"]["org.opencontainers.image.version"] == VERSION
    compiled = [each for each in tree.rglob("*") if each.is_file() and each.read_bytes()[:4] == b"\x7fELF"]
    assert len(compiled) > 10
    read = subprocess.run(["readelf", "-h", *compiled], capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"Machine: +(.*)", read)) == {MACHINES[architecture]}
    ours = {each.name for each in compiled if each.parent.name == "bin" and each.name.startswith("omamori")}
    assert ours == ({"omamori-launch", "omamori-ready", "omamori-stay"} if name == "agent" else set())


@pytest.mark.parametrize(("architecture", "most"), [("amd64", 32), ("arm64", 80)])
def test_launcher(released: Release, tmp_path: Path, architecture: str, most: int) -> None:
    """The launcher's programs are static and small, by musl; those for arm64 are laid out for pages of 64 KiB."""
    programs = released.image("agent").unpack(architecture, tmp_path) / "opt/omamori/bin"
    for program in programs.iterdir():
        assert program.stat().st_size < most * 1024
        read = subprocess.run(["readelf", "-dlW", program], capture_output=True, text=True, check=True).stdout
        assert "(FLAGS_1)" in read
        assert "PIE" in read
        assert not re.search(r"NEEDED|INTERP|RWE", read)


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_bill(released: Release, tmp_path: Path, name: str, architecture: str) -> None:
    """The bill beside an image is the one in it: with Debian's packages of the architecture, and Python's in it."""
    bill = released.folder / f"omamori-{name}-{VERSION}-{architecture}.cdx.json"
    tree = released.image(name).unpack(architecture, tmp_path)
    assert (tree / "usr/share/sbom/omamori.cdx.json").read_bytes() == bill.read_bytes()
    document = json.loads(bill.read_text())
    debian = [each["purl"] for each in document["components"] if each.get("purl", "").startswith("pkg:deb/debian/")]
    assert any(each.startswith("pkg:deb/debian/libc6@") for each in debian)
    assert any(each.startswith("pkg:deb/debian/ca-certificates@") for each in debian)
    assert {re.search(r"arch=(\w+)", each)[1] for each in debian} <= {architecture, "all"}  # type: ignore[index]
    listed = {each["name"] for each in document["components"] if each.get("purl", "").startswith("pkg:pypi/")}
    folders = {each.name.partition("-")[0] for each in (tree / "opt/omamori").glob("*.dist-info")} - {"omamori"}
    assert {re.sub(r"[-_.]+", "-", each).lower() for each in folders} == listed
    assert (len(listed) > 8) == (name != "agent")


def test_podman_reads_it(released: Release) -> None:
    """Podman takes each architecture from the archive, and the program of this machine's starts and says its reason."""
    archive = released.image("agent").archive
    with sandbox() as box:
        podman: list[str | Path] = [
            "podman",
            "--root",
            box.folder / "store",
            "--runroot",
            "/run/podman",
            "--storage-driver=overlay",
        ]
        podman += ["--cgroup-manager=cgroupfs", "--events-backend=none"]
        for architecture in ARCHITECTURES:
            pulled = box.run(
                [*podman, "pull", "--quiet", "--arch", architecture, f"oci-archive:{archive}"], seconds=300
            )
            shown = box.run([*podman, "image", "inspect", pulled.stdout.strip()])
            (image,) = json.loads(shown.stdout)
            assert image["Architecture"] == architecture
            assert image["Config"]["Entrypoint"][0] == "/usr/bin/python3"
