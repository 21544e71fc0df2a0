"""The `omamori` command: help, missing extras and the built wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
OMAMORI = Path(sys.executable).with_name("omamori")


def run(*arguments: str | Path, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [OMAMORI, *map(str, arguments)],
        env={**os.environ, **environment},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_help() -> None:
    """Without a subcommand, the subcommands are listed, and nothing is imported for them."""
    assert "serve the admission webhook" in run("--help").stdout
    ended = run()
    assert (ended.returncode, "serve the admission webhook" in ended.stderr) == (1, True)
    assert run("--version").stdout.startswith("omamori 0.")


@pytest.mark.parametrize(
    ("command", "package", "extra"),
    [
        ("serve", "fastapi", "webhook"),
        ("controller", "kubernetes", "controller"),
        ("demo", "hvac", "demo"),
        ("storage check --table vault", "boto3", "storage"),
        ("doctor", "kubernetes", "controller"),
        ("env-names secret/data/a", "hvac", "vault"),
        ("policy plan -f access.yaml", "hvac", "vault"),
        ("policy render -f access.yaml", "jsonschema", "vault"),
        ("policy suggest pod.yaml", "orjson", "vault"),
    ],
)
def test_missing_extra(command: str, package: str, extra: str, tmp_path: Path) -> None:
    """Without its packages, a subcommand names the extra that brings them."""
    for name in ("webhook", "vault"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    hidden = f"import sys; sys.modules[{package!r}] = None; sys.path.insert(0, '.')"
    main = f"{hidden}; from webhook.cli import main; sys.exit(main({command.split()!r}))"

    ended = subprocess.run(
        [sys.executable, "-c", main], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )

    assert ended.returncode == 1
    name = " ".join(command.split()[: 2 if command.startswith(("storage", "policy")) else 1])
    assert ended.stderr == (
        f"omamori {name}: the package {package} is missing; install the extra '{extra}'; "
        f"in omamori's checkout: pipx install --force '.[{extra}]'\n"
    )


def test_packages_from_two_places(tmp_path: Path) -> None:
    """Another package named vault in front of ours is noticed, not used."""
    shutil.copytree(PROJECT / "vault", tmp_path / "vault", ignore=shutil.ignore_patterns("__pycache__"))
    ended = run("serve", PYTHONPATH=str(tmp_path))

    assert ended.returncode == 1
    assert "install omamori on its own" in ended.stderr


def test_wheel(tmp_path: Path) -> None:
    """The built wheel holds the packages and the demo's example, runs from a place of its own, and nothing else."""
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, PROJECT],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("omamori-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")  # noqa: S202 - a zip file, and our own
        tops = {name.partition("/")[0] for name in archive.namelist()}

    assert tops == {"webhook", "vault", "omamori", next(top for top in tops if top.endswith(".dist-info"))}
    assert (tmp_path / "installed/webhook/demo/checkout.yaml").exists()
    assert not (tmp_path / "installed/vault/launcher").exists()
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "webhook", "demo"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_source_distribution(tmp_path: Path) -> None:
    """The source distribution has the launcher's sources, of which the wheel has nothing."""
    subprocess.run(
        [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", tmp_path, PROJECT],
        check=True,
        capture_output=True,
    )
    (source,) = tmp_path.glob("omamori-*.tar.gz")
    with tarfile.open(source) as archive:
        names = [Path(name) for name in archive.getnames()]

    ours = {each.name for each in (PROJECT / "vault/launcher").iterdir() if each.is_file()}
    assert {each.name for each in names if each.parts[1:-1] == ("vault", "launcher")} == ours
