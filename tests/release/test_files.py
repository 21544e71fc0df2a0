"""What a release is: its files, their checksums and their signature; made again, it is the same."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.release.conftest import PROJECT, Release, make_release, write_key
from tests.support.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.real, pytest.mark.long, pytest.mark.timeout(900)]

IMAGES = ("agent", "tools", "webhook")
SIGN = f"import sys; sys.path.insert(0, {str(PROJECT / 'deploy/release')!r}); import release, pathlib; "
SIGN += "release.sign(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))"


def verified(folder: Path, public_key: Path) -> bool:
    """Whether openssl finds the checksums' signature good, by the command of RELEASE.md."""
    words = ["-rawin", "-in", "SHA256SUMS", "-sigfile", "SHA256SUMS.sig"]
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(public_key), *words]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def test_all_is_there(released: Release) -> None:
    """The wheel, the chart, the images, a bill for each and each architecture, checksums and their signature."""
    expected = {f"omamori-{VERSION}-py3-none-any.whl", f"omamori-{VERSION}.tgz", f"omamori-{VERSION}.cdx.json"}
    expected |= {f"omamori-{name}-{VERSION}.oci.tar" for name in IMAGES}
    expected |= {f"omamori-{name}-{VERSION}-{each}.cdx.json" for name in IMAGES for each in ("amd64", "arm64")}
    assert {each.name for each in released.folder.iterdir()} == expected | {"SHA256SUMS", "SHA256SUMS.sig"}


def test_checksums(released: Release) -> None:
    """sha256sum finds every file as it is listed, and every file is listed."""
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=released.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(checked.stdout.splitlines()) == len(list(released.folder.iterdir())) - 2


def test_signature(released: Release, tmp_path: Path) -> None:
    """The checksums' signature is good, and no longer so when a byte of them has changed, or by another key."""
    assert verified(released.folder, released.public_key)
    for name in ("SHA256SUMS", "SHA256SUMS.sig"):
        (tmp_path / name).write_bytes((released.folder / name).read_bytes())
    assert verified(tmp_path, released.public_key)
    write_key(tmp_path, "ed25519")
    assert not verified(tmp_path, tmp_path / "key.pub")
    sums = (tmp_path / "SHA256SUMS").read_bytes()
    (tmp_path / "SHA256SUMS").write_bytes(bytes([sums[0] ^ 1]) + sums[1:])
    assert not verified(tmp_path, released.public_key)


@pytest.mark.parametrize(
    "kind", [("RSA",), ("EC", "-pkeyopt", "ec_paramgen_curve:P-256"), ("ed25519",)], ids=lambda kind: kind[0]
)
def test_kinds_of_keys(kind: tuple[str, ...], tmp_path: Path) -> None:
    """A key may be of any kind that RELEASE.md names."""
    (tmp_path / "SHA256SUMS").write_text("0" * 64 + "  a\n")
    key = write_key(tmp_path, *kind)
    subprocess.run([sys.executable, "-c", SIGN, tmp_path, key], check=True)
    assert verified(tmp_path, tmp_path / "key.pub")


def test_made_again(released: Release, copied: Path, tmp_path: Path) -> None:
    """Made a second time, from a checkout in another folder, every file has the same bytes."""
    make_release(copied, tmp_path / "again", released.public_key.with_name("key.pem"))
    again = {each.name: each.read_bytes() for each in (tmp_path / "again").iterdir()}
    differ = [each.name for each in released.folder.iterdir() if again.pop(each.name) != each.read_bytes()]
    assert differ == []
    assert again == {}


def test_wheel(released: Release) -> None:
    """The wheel says the version, and has the command; of the launcher's C there is nothing in it."""
    with zipfile.ZipFile(released.folder / f"omamori-{VERSION}-py3-none-any.whl") as wheel:
        names = wheel.namelist()
        metadata = wheel.read(f"omamori-{VERSION}.dist-info/METADATA").decode()
        points = wheel.read(f"omamori-{VERSION}.dist-info/entry_points.txt").decode()
    assert f"\nVersion: {VERSION}\n" in metadata
    assert "omamori = webhook.cli:main" in points
    assert "vault/agent/start.py" in names
    assert not [name for name in names if name.endswith(".c") or "__pycache__" in name]


def test_program_is_missing(tmp_path: Path) -> None:
    """Without its programs it says which are missing, and leaves what is there alone."""
    (tmp_path / "kept").touch()
    ended = subprocess.run(
        [sys.executable, PROJECT / "deploy/release/release.py", tmp_path],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "missing: aarch64-linux-gnu-gcc, apt-get, " in ended.stderr
    assert "apt-get install gcc-aarch64-linux-gnu " in ended.stderr
    assert (tmp_path / "kept").exists()
