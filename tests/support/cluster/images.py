"""The images of the tests, built on the spot: omamori's, as deploy/images/stage.py assembles them, and two apps."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.realparts.images import build_image

PROJECT = Path(__file__).parents[3]
PYTHON_VERSION = "3.11"  # of the base, Debian 12

AGENT = "localhost/omamori-agent:test"
WEBHOOK = "localhost/omamori-webhook:test"
TOOLS = "localhost/omamori-tools:test"
APP = "localhost/omamori-app:test"
DRIVER = ("pg8000", "scramp", "asn1crypto", "dateutil", "six")
SCRATCH = "localhost/omamori-scratch:test"


@dataclass(frozen=True, slots=True)
class Images:
    """Docker archives, and the contexts that two of them were built from."""

    agent: Path
    webhook: Path
    tools: Path
    app: Path
    scratch: Path
    agent_context: Path
    webhook_context: Path
    tools_context: Path


def build_images(folder: Path) -> Images:
    """Stage and build all; what was built from the same files before is taken as it is."""
    stage(folder)
    app, scratch = PROJECT / "tests/e2e/app", PROJECT / "tests/e2e/scratch"
    _stage_app(app, folder / "app")
    digest = folder / "scratch/digest"
    digest.parent.mkdir()
    subprocess.run(["musl-gcc", "-static", "-Os", "-s", "-o", digest, scratch / "digest.c"], check=True)
    return Images(
        agent=build_image(folder / "agent/Containerfile", folder / "agent", AGENT),
        webhook=build_image(folder / "webhook/Containerfile", folder / "webhook", WEBHOOK),
        tools=build_image(folder / "tools/Containerfile", folder / "tools", TOOLS),
        app=build_image(app / "Containerfile", folder / "app", APP),
        scratch=build_image(scratch / "Containerfile", digest.parent, SCRATCH),
        agent_context=folder / "agent",
        webhook_context=folder / "webhook",
        tools_context=folder / "tools",
    )


def stage(folder: Path) -> None:
    """Assemble omamori's own build contexts in a folder."""
    program = PROJECT / "deploy/images/stage.py"
    subprocess.run([sys.executable, program, folder, "--python-version", PYTHON_VERSION], check=True)


def _stage_app(source: Path, into: Path) -> None:
    """Put the application's programs and the driver of its database into a new folder."""
    into.mkdir()
    for program in source.glob("*.py"):
        shutil.copy(program, into)
    for package in DRIVER:
        file = Path(str(importlib.import_module(package).__file__))
        if file.name != "__init__.py":  # a package of one file
            shutil.copy(file, into / "lib")
            continue
        folder = file.parent
        shutil.copytree(folder, into / "lib" / package, ignore=shutil.ignore_patterns("__pycache__"))
        for known_as in folder.parent.glob(f"{package}-*.dist-info"):  # pg8000 asks for its own version
            shutil.copytree(known_as, into / "lib" / known_as.name)
