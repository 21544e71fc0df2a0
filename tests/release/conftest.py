"""A release, made once for all tests of this folder, by a key of the tests'."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.realparts.emulation import Emulation
from tests.realparts.parts import part
from tests.support.version import VERSION

PROJECT = Path(__file__).parents[2]
NOT_THE_PROJECT = (".venv", ".git", ".tools", ".*_cache", "__pycache__", "build", ".hypothesis")
SECONDS = 1_800_000_000  # the time of the release


@dataclass(frozen=True, slots=True)
class Image:
    """One image of a release, read from its archive."""

    archive: Path

    def read(self, name: str) -> bytes:
        """Read a file of the archive."""
        with tarfile.open(self.archive) as opened:
            member = opened.extractfile(name)
            assert member is not None
            return member.read()

    def blob(self, descriptor: dict[str, Any]) -> bytes:
        """Read what a descriptor names."""
        return self.read(f"blobs/{descriptor['digest'].replace(':', '/')}")

    def document(self, descriptor: dict[str, Any]) -> dict[str, Any]:
        """Read the JSON document that a descriptor names."""
        found: dict[str, Any] = json.loads(self.blob(descriptor))
        return found

    def manifests(self) -> dict[str, dict[str, Any]]:
        """Give the manifest for each architecture."""
        (image,) = json.loads(self.read("index.json"))["manifests"]
        each = self.document(image)["manifests"]
        return {descriptor["platform"]["architecture"]: self.document(descriptor) for descriptor in each}

    def configuration(self, architecture: str) -> dict[str, Any]:
        """Give the configuration for an architecture."""
        return self.document(self.manifests()[architecture]["config"])

    def unpack(self, architecture: str, into: Path) -> Path:
        """Unpack the file tree for an architecture, and give its folder."""
        (layer,) = self.manifests()[architecture]["layers"]
        with tarfile.open(fileobj=io.BytesIO(self.blob(layer)), mode="r:gz") as opened:
            opened.extractall(into, filter="tar")
        return into


@dataclass(frozen=True, slots=True)
class Release:
    """The folder that was made, and the public key of its signature."""

    folder: Path
    public_key: Path

    def image(self, name: str) -> Image:
        """Give an image by its short name."""
        return Image(self.folder / f"omamori-{name}-{VERSION}.oci.tar")


def make_release(checkout: Path, into: Path, key: Path) -> None:
    """Run the program of a checkout."""
    command: list[str | Path] = [sys.executable, checkout / "deploy/release/release.py", into, "--signing-key", key]
    command += ["--uv", PROJECT / ".tools/bin/uv"]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(SECONDS)}
    subprocess.run(command, check=True, env=environment)


def write_key(folder: Path, *kind: str) -> Path:
    """Write a private key of a kind, as openssl names it, and its public one beside it."""
    key = folder / "key.pem"
    subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm", *kind, "-out", key], check=True)
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", folder / "key.pub"], check=True)
    return key


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of this checkout."""
    part("arm64")  # brings the cross-compiler
    folder = tmp_path_factory.mktemp("release")
    key = write_key(folder, "ed25519")
    make_release(PROJECT, folder / "made", key)
    return Release(folder / "made", folder / "key.pub")


@pytest.fixture(scope="session")
def emulation() -> Emulation:
    """The emulator for arm64."""
    return Emulation(part("arm64"))


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, which tests may change."""
    return Path(
        shutil.copytree(PROJECT, tmp_path_factory.mktemp("copy") / "c", ignore=shutil.ignore_patterns(*NOT_THE_PROJECT))
    )
