"""Make everything that a release publishes, in one folder; RELEASE.md says how it is checked and published.

    python deploy/release/release.py build/release [--signing-key key.pem]

Left there are the wheel, the chart's archive, an image layout for each image, a bill of materials for each of them and
their checksums; with a key the signature of the checksums, too. The same commit and the same packages of Debian give
the same bytes; of the signature only where the kind of key does (Ed25519, RSA).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import archives
import bills
import debian
import images
import oci
import version

PROJECT = Path(__file__).resolve().parents[2]
CHART = PROJECT / "deploy/chart"
SUMS = "SHA256SUMS"
# the programs that are needed, and the Debian package of each
PROGRAMS = {
    "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu",
    "apt-get": "apt",
    "dpkg-deb": "dpkg",
    "git": "git",
    "make": "make",
    "openssl": "openssl",
    "readelf": "binutils",
    "x86_64-linux-gnu-gcc": "gcc-x86-64-linux-gnu",
}


def check_programs() -> None:
    """Check that every program is there. Raises SystemExit with the packages that bring the missing ones."""
    missing = {program: package for program, package in PROGRAMS.items() if shutil.which(program) is None}
    if missing:
        raise SystemExit(f"missing: {', '.join(missing)}; on Debian: apt-get install {' '.join(missing.values())}")


def commit_seconds() -> int:
    """Give the time of the release: SOURCE_DATE_EPOCH, or the commit's."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    shown = ["git", "-C", str(PROJECT), "log", "-1", "--format=%ct"]
    return int(given or subprocess.run(shown, capture_output=True, text=True, check=True).stdout)


def write_wheel(into: Path, uv: Path, seconds: int) -> None:
    """Build the wheel."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(seconds)}
    build: list[str | Path] = [uv, "build", "--quiet", "--wheel", "--out-dir", into, PROJECT]
    subprocess.run(build, env=environment, check=True)
    (into / ".gitignore").unlink(missing_ok=True)  # uv's


def write_chart(target: Path) -> None:
    """Write the chart as `helm package` lays it out, without what .helmignore names."""
    ignored = [line for line in (CHART / ".helmignore").read_text().splitlines() if line]
    files = [file for file in sorted(CHART.rglob("*")) if file.is_file() and "__pycache__" not in file.parts]
    kept = [file for file in files if not any(file.match(pattern) for pattern in ignored)]
    # Helm looks for it first
    kept.sort(key=lambda file: file != CHART / "Chart.yaml")
    packed = archives.pack_files({f"omamori/{file.relative_to(CHART)}": file.read_bytes() for file in kept})
    target.write_bytes(archives.compressed(packed))


def write_images(into: Path, workshop: images.Workshop, release: str, seconds: int) -> None:
    """Write the layout of each image, and its bill for each architecture."""
    for name in images.NAMES:
        made = {architecture: workshop.make(name, architecture) for architecture in images.TRIPLETS}
        trees = {architecture: tree for architecture, (tree, _run) in made.items()}
        (run, *others) = [run for _tree, run in made.values()]
        assert all(other == run for other in others)
        oci.write_image(into / f"omamori-{name}-{release}.oci.tar", trees, run, release, seconds)
        for architecture, tree in trees.items():
            shutil.copyfile(tree / bills.IN_IMAGE, into / f"omamori-{name}-{release}-{architecture}.cdx.json")


def write_sums(into: Path) -> None:
    """Write the checksums of all files, as sha256sum does and checks them."""
    files = sorted(file for file in into.iterdir() if file.name != SUMS)
    (into / SUMS).write_text(
        "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)
    )


def sign(into: Path, key: Path) -> None:
    """Sign the checksums by a private key in PEM: RSA, an elliptic curve or Ed25519."""
    sums = into / SUMS
    words: list[str | Path] = ["-sign", "-rawin", "-inkey", key, "-in", sums, "-out", into / f"{SUMS}.sig"]
    subprocess.run(["openssl", "pkeyutl", *words], check=True)


def main() -> None:
    """Make the release."""
    parser = argparse.ArgumentParser(description="Make everything that a release publishes.")
    parser.add_argument("folder", type=Path, help="where; what is there is replaced")
    parser.add_argument("--signing-key", type=Path, help="a private key in PEM, to sign the checksums")
    parser.add_argument("--suite", default=debian.SUITE, help=f"the Debian of the images ({debian.SUITE})")
    parser.add_argument("--mirror", default=debian.MIRROR, help=f"where its packages are ({debian.MIRROR})")
    parser.add_argument("--uv", type=Path, default=PROJECT / ".tools/bin/uv", help="the uv program")
    arguments = parser.parse_args()
    os.umask(0o022)
    check_programs()
    release, seconds, uv = version.project_version(), commit_seconds(), arguments.uv.resolve()
    shutil.rmtree(arguments.folder, ignore_errors=True)
    arguments.folder.mkdir(parents=True)
    write_wheel(arguments.folder, uv, seconds)
    bills.write_of_wheel(arguments.folder / f"omamori-{release}.cdx.json", uv)
    write_chart(arguments.folder / f"omamori-{release}.tgz")
    with tempfile.TemporaryDirectory(prefix="omamori-release-") as scratch:
        workshop = images.Workshop(Path(scratch), uv)
        workshop.prepare(debian.Debian(arguments.suite, arguments.mirror))
        write_images(arguments.folder, workshop, release, seconds)
    write_sums(arguments.folder)
    if arguments.signing_key:
        sign(arguments.folder, arguments.signing_key)


if __name__ == "__main__":
    main()
