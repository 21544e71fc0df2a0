"""What tests need to run programs for arm64 on another machine: an emulator, Debian's Python, and packages in wheels.

The machine's dpkg keeps its architectures: deploy/release/debian.py unpacks packages into folders. Compiled files of
Python are the same for all architectures, and compiling is slow in the emulator, so it is done outside of it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.realparts import debian
from tests.realparts.emulation import PYTHON, Emulation
from tests.realparts.progress import run

PROJECT = Path(__file__).parents[2]
UNPACK = PROJECT / "deploy/release/debian.py"
UV = PROJECT / ".tools/bin/uv"  # the Makefile's
# what tests of the agent import
PACKAGES = (
    *("boto3", "click", "hvac", "jsonschema", "orjson", "ruamel.yaml"),
    *("httpx", "hypothesis", "pyjwt", "pytest", "pytest-timeout", "python-dotenv", "trustme"),
)


def arm64(folder: Path, _version: str) -> None:
    """The emulator, Debian's Python for both machines, the packages; and the cross-compiler, on the machine."""
    debian.install("binutils", "gcc-aarch64-linux-gnu", "make", "openssl")
    native = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
    unpack: list[str | Path] = [sys.executable, UNPACK]
    scratch = folder / "unpacked"
    run([*unpack, native, scratch, "--suite", debian.RELEASE, "--alone", "qemu-user-static"], label="qemu")
    shutil.move(scratch / "usr/bin/qemu-aarch64-static", folder / "qemu")
    shutil.rmtree(scratch)
    for architecture, name in (("arm64", "debian-arm64"), (native, "debian-native")):
        run([*unpack, architecture, folder / name, "base-files", "ca-certificates", "python3"], label=name)
    locked = folder / "locked.txt"
    export: list[str | Path] = [
        UV,
        "export",
        "--quiet",
        "--frozen",
        "--all-extras",
        "--no-emit-project",
        "--no-hashes",
        "-o",
        locked,
    ]
    run(export, label="arm64 packages", cwd=PROJECT)
    made = Emulation(folder)
    _install(made.packages, locked, *PACKAGES, "--python-platform", "aarch64-unknown-linux-gnu")
    made.compile(folder / "debian-arm64/usr/lib" / PYTHON, made.packages)
    _install(scratch, locked, "hypothesis")
    environment = {"PYTHONPATH": str(scratch), "HYPOTHESIS_STORAGE_DIRECTORY": str(made.charmap)}
    script = "from hypothesis.internal.charmap import charmap; charmap()"
    run([*made.native_python(), "-c", script], label="charmap", env=environment)
    shutil.rmtree(scratch)


def _install(into: Path, locked: Path, *words: str) -> None:
    """Install packages, in the versions of the lock file, for the Python of the part."""
    wheels = ["--python-version", PYTHON.removeprefix("python"), "--only-binary", ":all:"]
    install: list[str | Path] = [UV, "pip", "install", "--target", into, *wheels, "--constraints", locked, *words]
    run(install, label="arm64 packages", env={"UV_SYSTEM_CERTS": "1"})
