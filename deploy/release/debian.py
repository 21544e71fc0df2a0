"""Unpack packages of Debian, with all that they depend on, into a folder: for an architecture that may be another one.

    python deploy/release/debian.py arm64 build/arm64 python3 ca-certificates

The machine's own apt and dpkg stay as they are: apt gets a state, a cache and sources of its own, and scripts of
packages are not run, so that root is not needed. What is there afterwards is what an image is assembled from
(deploy/images/assemble.py --root), with dpkg's records of which package owns a file (deploy/images/bill.py --root).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

SUITE = "trixie"
MIRROR = "http://deb.debian.org"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# dpkg-deb --extract puts folders into the places of the links below; until Debian 12 packages have folders there
EXTRACT = (
    'dpkg-deb --fsys-tarfile "$1" | tar --extract --preserve-permissions --keep-directory-symlink --directory "$2"'
)
MERGED = ("bin", "lib", "lib64", "sbin")  # links into usr/, which Debian's installer makes


class Debian(NamedTuple):
    """A release of Debian, and where its archive is."""

    suite: str = SUITE
    mirror: str = MIRROR


def unpack(debian: Debian, architecture: str, into: Path, packages: Iterable[str], *, alone: bool = False) -> None:
    """Unpack packages into a folder, which is replaced; `alone`: without what they depend on.

    Raises CalledProcessError where a program fails.
    """
    shutil.rmtree(into, ignore_errors=True)
    # with absolute paths: apt runs in the folder of its archives
    into = into.absolute()
    apt = into.with_name(f"{into.name}.apt")
    for name in MERGED:
        (into / "usr" / name).mkdir(parents=True)
        (into / name).symlink_to(f"usr/{name}")
    try:
        for archive in download(debian, architecture, apt, packages, alone=alone):
            subprocess.run(["sh", "-c", EXTRACT, "sh", archive, into], check=True)
            record(archive, into)
    finally:
        shutil.rmtree(apt, ignore_errors=True)
    relink(into)
    install_certificates(into)


def download(debian: Debian, architecture: str, folder: Path, packages: Iterable[str], *, alone: bool) -> list[Path]:
    """Download packages by an apt whose whole state is in a folder, which is replaced; give the archives."""
    suite, mirror = debian
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()  # nothing is installed
    kinds = ((suite, "debian"), (f"{suite}-updates", "debian"), (f"{suite}-security", "debian-security"))
    lines = [f"deb [signed-by={KEYRING}] {mirror}/{place} {name} main\n" for name, place in kinds]
    (folder / "sources.list").write_text("".join(lines))
    options = {
        "APT::Architecture": architecture,
        "APT::Architectures": architecture,
        "APT::Sandbox::User": "root",  # where root calls it; its own user may not write here
        "APT::Update::Post-Invoke": "",
        "Dir::State": folder,
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
    }
    apt = ["apt-get", "--quiet", "--quiet", *(f"--option={name}={value}" for name, value in options.items())]
    get = ["download"] if alone else ["install", "--yes", "--download-only", "--no-install-recommends"]
    archives = folder / "cache/archives"
    for command in (["update"], [*get, *packages]):
        subprocess.run([*apt, *command], cwd=archives, check=True, stdout=subprocess.DEVNULL)
    return sorted(archives.glob("*.deb"))


def record(archive: Path, into: Path) -> None:
    """Record a package and its files as dpkg does, so that it can be asked (--admindir)."""
    control = _told("dpkg-deb", "--field", archive)
    name = _told("dpkg-deb", "--field", archive, "Package").strip()
    listed = _told("sh", "-c", 'dpkg-deb --fsys-tarfile "$1" | tar --list', "sh", archive).splitlines()
    records = into / "var/lib/dpkg"
    (records / "info").mkdir(parents=True, exist_ok=True)
    owned = "".join(f"{file.removeprefix('.').rstrip('/') or '/.'}\n" for file in listed)
    (records / "info" / f"{name}.list").write_text(owned)
    with (records / "status").open("a") as status:
        status.write(control.replace("\n", "\nStatus: install ok installed\n", 1) + "\n")


def relink(tree: Path) -> None:
    """Let absolute links lead into the tree, not to the machine's own files."""
    for path in tree.rglob("*"):
        if path.is_symlink() and path.readlink().is_absolute():
            target = tree / path.readlink().relative_to("/")
            path.unlink()
            path.symlink_to(os.path.relpath(target, path.parent.resolve()))


def install_certificates(tree: Path) -> None:
    """Install the certificates by their hash, as the script of ca-certificates does; where there are none, nothing."""
    target = tree / "etc/ssl/certs"
    found = sorted((tree / "usr/share/ca-certificates").rglob("*.crt"))
    if found:
        target.mkdir(parents=True, exist_ok=True)
        for certificate in found:
            (target / f"{certificate.stem}.pem").symlink_to(os.path.relpath(certificate, target))
        subprocess.run(["openssl", "rehash", target], check=True)


def _told(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main() -> None:
    """Unpack what the command line says."""
    parser = argparse.ArgumentParser(description="Unpack packages of Debian into a folder.")
    parser.add_argument("architecture", help="as Debian names it: amd64, arm64")
    parser.add_argument("folder", type=Path, help="where; what is there is replaced")
    parser.add_argument("packages", nargs="+")
    parser.add_argument("--suite", default=SUITE, help=f"the release of Debian ({SUITE})")
    parser.add_argument("--mirror", default=MIRROR, help=f"where debian/ and debian-security/ are ({MIRROR})")
    parser.add_argument("--alone", action="store_true", help="without what the packages depend on")
    arguments = parser.parse_args()
    debian = Debian(arguments.suite, arguments.mirror)
    unpack(debian, arguments.architecture, arguments.folder, arguments.packages, alone=arguments.alone)


if __name__ == "__main__":
    main()
