"""Make the file trees of the images for an architecture, by their Containerfiles, without a container engine.

What a Containerfile runs is run here: on a Debian in a folder in the place of its base, by the Python of a Debian of
this machine's architecture. Its stage `launcher` is a cross-compiler and the musl of that architecture.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import containerfile
import debian

PROJECT = Path(__file__).resolve().parents[2]
NAMES = ("agent", "webhook", "tools")
BASE = ("base-files", "ca-certificates", "libstdc++6", "python3")  # compiled packages are linked to libstdc++
# by Debian's names, which are also those of images
TRIPLETS = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
LOADERS = {"amd64": "lib64/ld-linux-x86-64.so.2", "arm64": "lib/ld-linux-aarch64.so.1"}
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True)
class Workshop:
    """A folder with a Debian for each architecture; what is made of them is made there."""

    folder: Path
    uv: Path

    def prepare(self, system: debian.Debian) -> None:
        """Unpack what images are made of. Raises SystemExit where the architectures have different Pythons."""
        for architecture in TRIPLETS:
            debian.unpack(system, architecture, self._base(architecture), BASE)
            debian.unpack(system, architecture, self._musl(architecture), ["musl-dev"], alone=True)
            self._compile_launcher(architecture)
        versions = {self._python_version(each) for each in TRIPLETS}
        if len(versions) > 1:
            raise SystemExit(f"Debian's architectures have different versions of Python: {sorted(versions)}")

    def make(self, name: str, architecture: str) -> tuple[Path, dict[str, Any]]:
        """Make the file tree of an image, and give it with how the image is run."""
        place = self.folder / f"{name}-{architecture}"
        shutil.rmtree(place, ignore_errors=True)
        context, image = place / "context", place / "image"
        minor = self._python_version(architecture).rpartition(".")[0]
        stage: list[str | Path] = [
            PROJECT / "deploy/images/stage.py",
            place / "staged",
            "--only",
            name,
            "--python-version",
            minor,
        ]
        wheels: list[str | Path] = [
            "--python-platform",
            f"{TRIPLETS[architecture].partition('-')[0]}-unknown-linux-gnu",
            "--uv",
            self.uv,
        ]
        subprocess.run([sys.executable, *stage, *wheels], check=True)
        (place / "staged" / name).rename(context)
        stages = containerfile.stages(context / "Containerfile")
        for command in containerfile.commands(stages["parts"]):
            self._run(command, {"/context": context, "/image": image}, architecture)
        if "launcher" in stages:
            shutil.copytree(self._launcher(architecture), image / "opt/omamori/bin")
        return image, containerfile.run_configuration(stages[containerfile.LAST])

    def _run(self, command: list[str], places: dict[str, Path], architecture: str) -> None:
        """Run a command of a Containerfile, which names python3, with its places replaced."""
        python, *words = command
        if python != "python3":
            raise SystemExit(f"a Containerfile runs {python}, not python3")
        for name, place in places.items():
            words = [
                f"{place}{word.removeprefix(name)}" if (word + "/").startswith(f"{name}/") else word for word in words
            ]
        subprocess.run([*self._python(), *words, "--root", self._base(architecture)], check=True)

    def _python(self) -> list[str | Path]:
        """Give the command that is the Python of a Debian, of this machine's architecture."""
        own = MACHINES[platform.machine()]
        tree = self._base(own)
        return [
            tree / LOADERS[own],
            "--library-path",
            tree / "lib" / TRIPLETS[own],
            *(tree / "usr/bin").glob("python3.*[0-9]"),
        ]

    def _python_version(self, architecture: str) -> str:
        """Give the version of the Python of a Debian, as 3.13.5."""
        (python,) = (self._base(architecture) / "usr/bin").glob("python3.*[0-9]")
        query = [
            "dpkg-query",
            f"--admindir={self._base(architecture)}/var/lib/dpkg",
            "--show",
            "--showformat=${Version}",
        ]
        version = subprocess.run([*query, f"{python.name}-minimal"], capture_output=True, text=True, check=True).stdout
        return version.partition("-")[0]

    def _compile_launcher(self, architecture: str) -> None:
        """Compile the launcher's programs by a (cross-)compiler, with the musl of the architecture."""
        triplet = TRIPLETS[architecture]
        (specs,) = self._musl(architecture).glob("usr/lib/*/musl-gcc.specs")
        own = specs.with_name("here.specs")
        own.write_text(specs.read_text().replace("/usr/", f"{self._musl(architecture)}/usr/"))
        compiler = f"{triplet}-gcc -specs {own} -L{specs.parent}"
        target = self._launcher(architecture)
        shutil.rmtree(target, ignore_errors=True)
        make: list[str | Path] = [
            "make",
            "--silent",
            "-C",
            PROJECT / "vault/launcher",
            f"OUT={target}",
            f"CC={compiler}",
        ]
        subprocess.run(make, check=True)

    def _base(self, architecture: str) -> Path:
        return self.folder / f"debian-{architecture}"

    def _musl(self, architecture: str) -> Path:
        return self.folder / f"musl-{architecture}"

    def _launcher(self, architecture: str) -> Path:
        return self.folder / f"launcher-{architecture}"
