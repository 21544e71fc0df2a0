"""Assemble the build contexts of the images, so that building them needs no network and no package manager inside.

    python deploy/images/stage.py build/images [--python-version 3.13] [--uv .tools/bin/uv]

Leaves `injector/`, `webhook/` and `tools/`, each with its Containerfile. The launcher alone is compiled inside, by a
compiler that is fetched there. Package versions and hashes are those of uv.lock.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

# what the program in the Pod loads, and nothing else of ours; a test compares it with what it imports
INJECTOR_FILES = ("__init__.py", "contract.py", "errors.py", "records.py", "values.py", "wire.py")

# whose packages an image has
EXTRAS = {"webhook": ("webhook",), "tools": ("vault",)}


def stage_injector(into: Path) -> None:
    """Assemble the injector's context in a new folder."""
    package = into / "vault"
    package.mkdir(parents=True)
    for name in ("injector/Containerfile", "assemble.py", "injector/modules.txt"):
        shutil.copy(PROJECT / "deploy/images" / name, into)
    for name in INJECTOR_FILES:
        shutil.copy(PROJECT / "vault" / name, package)
    shutil.copytree(PROJECT / "vault/injector", package / "injector", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PROJECT / "vault/launcher", into / "launcher", ignore=shutil.ignore_patterns("build"))


def stage_command(name: str, into: Path, python_version: str, uv: Path) -> None:
    """Assemble the context of `webhook` or `tools` in a new folder: our wheel and its locked packages, unpacked."""
    into.mkdir(parents=True)
    for file in (f"{name}/Containerfile", "assemble.py"):
        shutil.copy(PROJECT / "deploy/images" / file, into)
    with tempfile.TemporaryDirectory() as scratch:
        requirements = Path(scratch) / "requirements.txt"
        _run(
            uv,
            "export",
            "--quiet",
            "--frozen",
            *(f"--extra={extra}" for extra in EXTRAS[name]),
            "--no-dev",
            "--no-emit-project",
            "-o",
            requirements,
        )
        _run(uv, "build", "--quiet", "--wheel", "--out-dir", scratch)
        (wheel,) = Path(scratch).glob("omamori-*.whl")
        target = ("--target", into / "packages", "--python-version", python_version, "--only-binary", ":all:")
        _run(uv, "pip", "install", "--quiet", *target, "--require-hashes", "-r", requirements)
        # ours is pure: unpacking it installs it, and leaves no folder's name and no time behind, as uv would; the
        # context, and so the image, of one commit is the same everywhere
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(into / "packages")


def _run(program: Path, *arguments: str | Path) -> None:
    command: Sequence[str] = [str(program), *map(str, arguments)]
    subprocess.run(command, cwd=PROJECT, check=True)


def main() -> int:
    """Assemble all, or one."""
    parser = argparse.ArgumentParser(description="Assemble the build contexts of the images.")
    parser.add_argument("folder", type=Path, help="where; what is there is replaced")
    parser.add_argument("--python-version", default="3.13", help="of the base image (3.13)")
    parser.add_argument("--uv", type=Path, default=PROJECT / ".tools/bin/uv", help="the uv program")
    parser.add_argument("--only", choices=("injector", *EXTRAS), help="one of them")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.folder, ignore_errors=True)
    if arguments.only in {None, "injector"}:
        stage_injector(arguments.folder / "injector")
    for name in EXTRAS:
        if arguments.only in {None, name}:
            stage_command(name, arguments.folder / name, arguments.python_version, arguments.uv.resolve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
