"""Assemble the build contexts of the images, so that building them needs no network and no package manager inside.

    python deploy/images/stage.py build/images [--python-version 3.13] [--uv .tools/bin/uv]

Leaves `agent/`, `webhook/` and `tools/`, each with its Containerfile. The launcher alone is compiled inside, by a
compiler that is fetched there. Package versions and hashes are those of uv.lock, and so is the bill of materials
(CycloneDX) to which the build adds what it takes from the base.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

# the extras of the images that are not the agent's
EXTRAS = {"webhook": ("webhook",), "tools": ("controller", "vault")}
BUILDERS = ("assemble.py", "bill.py")
# what the program in the Pod loads, and nothing else of ours; a test compares it with what it imports
AGENT_FILES = (
    "__init__.py",
    "contract/__init__.py",
    "contract/certificates.py",
    "contract/cjson.py",
    "contract/commands.py",
    "contract/decoding.py",
    "contract/errors.py",
    "contract/kv_paths.py",
    "contract/names.py",
    "contract/origins.py",
    "contract/plan.py",
    "contract/shown.py",
    "contract/values.py",
    "contract/wire.py",
)
AGENT_FOLDERS = ("agent", "gotemplate", "hcl")


def stage_agent(into: Path, uv: Path) -> None:
    """Assemble the agent's context in a new folder."""
    package = into / "vault"
    (package / "contract").mkdir(parents=True)
    _write_containerfile("agent", into)
    for name in (*BUILDERS, "agent/modules.txt"):
        shutil.copy(PROJECT / "deploy/images" / name, into)
    _write_bill("agent", into, uv)
    for name in AGENT_FILES:
        shutil.copy(PROJECT / "vault" / name, package / name)
    for name in AGENT_FOLDERS:
        shutil.copytree(PROJECT / "vault" / name, package / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PROJECT / "vault/launcher", into / "launcher", ignore=shutil.ignore_patterns("build"))


def stage_commands(name: str, into: Path, python: Sequence[str], uv: Path) -> None:
    """Assemble the context of an image of commands in a new folder: our wheel and its locked packages, unpacked.

    `python` are uv's options for whose wheels are taken.
    """
    into.mkdir(parents=True)
    _write_containerfile(name, into)
    for file in BUILDERS:
        shutil.copy(PROJECT / "deploy/images" / file, into)
    _write_bill(name, into, uv)
    with tempfile.TemporaryDirectory() as scratch:
        requirements = Path(scratch) / "requirements.txt"
        _run(uv, *_export(name), "--no-emit-project", "-o", requirements)
        _run(uv, "build", "--quiet", "--wheel", "--out-dir", scratch)
        (wheel,) = Path(scratch).glob("omamori-*.whl")
        target = ("--target", into / "packages", *python, "--only-binary", ":all:")
        _run(uv, "pip", "install", "--quiet", *target, "--require-hashes", "-r", requirements)
        _drop_scripts(into / "packages")
        # ours is pure: unpacking it installs it, and leaves no folder's name and no time behind, as uv would; the
        # context, and so the image, of one commit is the same everywhere
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(into / "packages")


def _drop_scripts(packages: Path) -> None:
    """Drop the commands of packages, which name the Python of this machine; what is recorded of them differs by it."""
    shutil.rmtree(packages / "bin", ignore_errors=True)
    for record in packages.glob("*.dist-info/RECORD"):
        lines = record.read_text().splitlines(keepends=True)
        record.write_text("".join(line for line in lines if not line.startswith(("bin/", "../../bin/"))))


def _write_containerfile(name: str, into: Path) -> None:
    """Write an image's Containerfile with the version in its label, so that it is right by whatever it is built."""
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    text = (PROJECT / "deploy/images" / name / "Containerfile").read_text()
    (into / "Containerfile").write_text(text.replace("@VERSION@", version))


def _export(name: str) -> list[str]:
    """Give the words by which uv lists an image's packages: the agent has none, for it has no command line."""
    extras = [word for extra in EXTRAS.get(name, ()) for word in ("--extra", extra)]
    without = [] if name in EXTRAS else ["--prune", "click"]
    return ["export", "--quiet", "--frozen", *extras, *without, "--no-dev"]


def _write_bill(name: str, into: Path, uv: Path) -> None:
    """Write the bill of an image's packages, without what differs from one making of it to the next."""
    full = into / "sbom.full.json"
    _run(uv, *_export(name), "--preview-features", "sbom-export", "--format", "cyclonedx1.5", "-o", full)
    bill = json.loads(full.read_text())
    full.unlink()
    bill.pop("serialNumber", None)
    bill["metadata"].pop("timestamp", None)
    bill["metadata"]["component"]["name"] = f"omamori-{name}"
    bill["metadata"]["component"]["type"] = "container"
    (into / "sbom.cdx.json").write_text(json.dumps(bill, indent=1, sort_keys=True) + "\n")


def _run(program: Path, *arguments: str | Path) -> None:
    command: Sequence[str] = [str(program), *map(str, arguments)]
    subprocess.run(command, cwd=PROJECT, check=True)


def main() -> int:
    """Assemble all, or one."""
    parser = argparse.ArgumentParser(description="Assemble the build contexts of the images.")
    parser.add_argument("folder", type=Path, help="where; what is there is replaced")
    parser.add_argument("--python-version", default="3.13", help="of the base image (3.13)")
    parser.add_argument("--python-platform", help="of the image, by uv's name, where it is not this machine's")
    parser.add_argument("--uv", type=Path, default=PROJECT / ".tools/bin/uv", help="the uv program")
    parser.add_argument("--only", choices=("agent", *EXTRAS), help="one of them")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.folder, ignore_errors=True)
    if arguments.only in {None, "agent"}:
        stage_agent(arguments.folder / "agent", arguments.uv.resolve())
    python = ["--python-version", arguments.python_version]
    if arguments.python_platform:
        python += ["--python-platform", arguments.python_platform]
    for name in EXTRAS:
        if arguments.only in {None, name}:
            stage_commands(name, arguments.folder / name, python, arguments.uv.resolve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
