"""What the real parts take from Debian: programs that it has ready, and the base of the images."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from tests.realparts.progress import run

if TYPE_CHECKING:
    from pathlib import Path

RELEASE = "bookworm"

PACKAGES = (
    "containerd",
    "containernetworking-plugins",
    "debootstrap",
    "etcd-server",
    "gcc",
    "iproute2",
    "iptables",
    "libc6-dev",
    "make",
    "musl-tools",
    "nginx-light",
    "openssh-client",
    "podman",
    "postgresql",
    "prometheus",
    "redis-server",
    "runc",
    "util-linux",
)


def packages(folder: Path, _version: str) -> None:
    """Install what Debian has ready; the folder only remembers that it was done."""
    install(*PACKAGES)
    (folder / "packages.txt").write_text("\n".join(PACKAGES) + "\n")


def install(*names: str) -> None:
    """Install packages. Nothing is downloaded where all are installed already: a machine may come with them."""
    missing = [name for name in names if not _installed(name)]
    if missing:
        environment = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        run(["apt-get", "update"], label="apt-get update", env=environment)
        # --no-install-recommends: podman's recommendations alone are 300 MB
        run(
            ["apt-get", "install", "-y", "--no-install-recommends", *missing],
            label="apt-get install",
            env=environment,
        )


def _installed(package: str) -> bool:
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f=${db:Status-Status}", package], capture_output=True, text=True, check=False
    )
    return answer.stdout == "installed"


def rootfs(folder: Path, _version: str) -> None:
    """A small Debian with Python: the base of the images, as `rootfs.tar`.

    python3-minimal lacks json and ssl, so it is python3.
    """
    tree = folder / "tree"
    run(
        ["debootstrap", "--variant=minbase", "--include=python3,ca-certificates", RELEASE, tree],
        label="rootfs",
    )
    for useless in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale", "usr/share/man"):
        shutil.rmtree(tree / useless, ignore_errors=True)
    # device nodes of debootstrap are not needed in an image and cannot be unpacked everywhere
    run(
        ["tar", "--numeric-owner", "--exclude=./dev/*", "-C", tree, "-cf", folder / "rootfs.tar", "."],
        label="rootfs tar",
    )
    shutil.rmtree(tree)
