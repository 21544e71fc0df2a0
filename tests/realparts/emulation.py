"""Run programs for arm64 on another machine, by what the part `arm64` has: an emulator, and Debian's Python.

Compiled files of Python are the same for all architectures, and compiling is slow in the emulator: it is done outside.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

PYTHON = "python3.13"  # of deploy/release/debian.py's Debian
WITHOUT_DATA = r"botocore/data|lib2to3"


@dataclass(frozen=True, slots=True)
class Emulation:
    """The built part."""

    folder: Path

    @property
    def emulator(self) -> Path:
        """QEMU for programs of arm64, static."""
        return self.folder / "qemu"

    @property
    def packages(self) -> Path:
        """The packages, for PYTHONPATH."""
        return self.folder / "packages"

    @property
    def charmap(self) -> Path:
        """For HYPOTHESIS_STORAGE_DIRECTORY: its table of characters, which takes minutes in the emulator."""
        return self.folder / "hypothesis"

    def python(self) -> list[str]:
        """Give the command that is Debian's Python for arm64."""
        tree = self.folder / "debian-arm64"
        return [str(self.emulator), "-L", str(tree), str(tree / "usr/bin" / PYTHON)]

    def native_python(self) -> list[str]:
        """Give the command that is the same Python, for this machine."""
        tree = self.folder / "debian-native"
        (libraries,) = (tree / "lib").glob("*-linux-gnu")
        (loader,) = (each for place in ("lib", "lib64") for each in (tree / place).glob("ld-linux-*.so.*"))
        return [str(loader), "--library-path", str(libraries), str(tree / "usr/bin" / PYTHON)]

    def compile(self, *folders: Path) -> None:
        """Compile the modules of folders, each beside its source, which is not looked at again."""
        words = ["-m", "compileall", "-q", "-x", WITHOUT_DATA, "--invalidation-mode", "unchecked-hash", *folders]
        subprocess.run([*self.native_python(), *map(str, words)], stdout=subprocess.DEVNULL, check=True)
