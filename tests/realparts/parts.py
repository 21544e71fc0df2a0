"""The real servers: which there are, in which version, and where the built ones lie.

A part is built once a machine and version, into a folder outside the checkout
(`OMAMORI_PARTS`, else `$XDG_CACHE_HOME/omamori/parts`). A folder appears there whole or not at all: it is
built under another name and renamed, so a build that was cut off leaves nothing that looks finished.

    python -m tests.realparts.parts            builds what is missing, with progress
    python -m tests.realparts.parts --list     says what is there
    python -m tests.realparts.parts ecosystem  builds what `make ecosystem` needs beside them
    python -m tests.realparts.parts soak       builds what only `make soak` needs
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.realparts import arm64, builds, debian, ecosystem
from tests.realparts.progress import say

if TYPE_CHECKING:
    from collections.abc import Callable


class PartMissing(RuntimeError):
    """A real server is asked for that was not built; the message says how to build it."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to build: `build(folder)` fills an empty folder or raises."""

    name: str
    version: str
    build: Callable[[Path, str], None]
    sources: tuple[Path, ...] = ()

    @property
    def folder(self) -> Path:
        """Where the built part lies; its name changes with the version and with our own sources in it."""
        digest = hashlib.sha256()
        for source in self.sources:
            digest.update(source.read_bytes())
        suffix = f"-{digest.hexdigest()[:8]}" if self.sources else ""
        return parts_folder() / f"{self.name}-{self.version}{suffix}"


SOURCE = Path(__file__).parent / "source"
KUBERNETES = "1.37.2"


def _digest(names: tuple[str, ...]) -> str:
    """Make a new list of packages a new version of the part."""
    return hashlib.sha256(" ".join(names).encode()).hexdigest()[:8]


PARTS: tuple[Part, ...] = (
    Part("debian", f"{debian.RELEASE}-{_digest(debian.PACKAGES)}", debian.packages),
    Part("dynamodb-local", "3.3.1", builds.dynamodb_local, (SOURCE / "dynamodb-local.pom.xml",)),
    Part("springboot", "3.5.8", builds.springboot, (SOURCE / "springboot.pom.xml",)),
    Part("pause", "1", builds.pause, (SOURCE / "pause.c",)),
    Part("launcher", "1", builds.launcher, tuple(sorted(each for each in builds.LAUNCHER.iterdir() if each.is_file()))),
    Part("goload", "1", builds.goload, (SOURCE / "goload.go",)),
    Part("gotemplate", "1", builds.gotemplate, (SOURCE / "gotemplate.go",)),
    Part("goregexp", "1", builds.goregexp, (SOURCE / "goregexp.go",)),
    Part("gohcl", "1.0.1-vault-7", builds.gohcl, (SOURCE / "gohcl.go",)),
    Part("consultemplate", "0.41.1", builds.consultemplate, (SOURCE / "consultemplate.go",)),
    Part("wallclock", "1", builds.wallclock, (SOURCE / "wallclock.c",)),
    Part("checkov", "3.3.30", builds.checkov),
    Part("pipelines", "kfp-2.17.3_hera-7.1.0", builds.pipelines),
    Part("rootfs", debian.RELEASE, debian.rootfs),
    Part("kubernetes", KUBERNETES, builds.kubernetes, (SOURCE / "kubeexpand.go",)),
    Part("kubeproxy", KUBERNETES, builds.kubeproxy),
    Part("helm", "4.3.1", builds.helm),
    Part("kustomize", "5.8.1", builds.kustomize),
    Part("kwok", "0.7.0", builds.kwok),
    Part("crds", _digest((*builds.CRDS, *sum(builds.CRDS.values(), ()))), builds.crds),
    Part("kubeenv", KUBERNETES, builds.kubeenv, (SOURCE / "kubeenv.go",)),
    Part("vault", "1.21.0", builds.vault),
)

# what `make ecosystem` needs beside them, in the order of its suites
ECOSYSTEM_PARTS: tuple[Part, ...] = (
    Part("argo-rollouts", "1.10.2", ecosystem.argo_rollouts),
    Part("argo-workflows", "4.0.5", ecosystem.argo_workflows, (SOURCE / "argoexec_signal.go",)),
    Part("argo-cd", "3.6.1", ecosystem.argo_cd),
    Part("flux", "1.7.3", ecosystem.flux),
    Part("sealed-secrets", "0.27.1", ecosystem.sealed_secrets),
    Part("flagger", "1.36.1", ecosystem.flagger),
)

# what `make soak` needs beside them: kubelets that may stand beside an API server of KUBERNETES, and a newer runtime
OLDER_KUBELETS = ("1.34.4", "1.35.4", "1.36.3")
CONTAINERD = "2.4.2"
SOAK_PARTS: tuple[Part, ...] = (
    *(Part(f"kubelet-{version.rpartition('.')[0]}", version, builds.kubelet) for version in OLDER_KUBELETS),
    Part("containerd", CONTAINERD, builds.containerd),
    Part("arm64", "1", arm64.arm64, (Path(arm64.__file__), arm64.UNPACK, arm64.PROJECT / "uv.lock")),
)
_ALL = (*PARTS, *ECOSYSTEM_PARTS, *SOAK_PARTS)
_GROUPS = {"ecosystem": ECOSYSTEM_PARTS, "soak": SOAK_PARTS}


def parts_folder() -> Path:
    """The cache of built parts, outside any checkout."""
    named = os.environ.get("OMAMORI_PARTS")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "omamori" / "parts"


def part(name: str) -> Path:
    """The folder of a built part. Raises PartMissing if it was not built; never builds."""
    found = next(each for each in _ALL if each.name == name)
    if not found.folder.is_dir():
        message = f"the real part {found.folder.name} is not built; run `make parts` (about 30 minutes, once a machine)"
        raise PartMissing(message)
    return found.folder


def ensure(wanted: Part) -> None:
    """Build a part if it is missing. Two callers at once build it once."""
    folder = wanted.folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{wanted.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            say(f"{folder.name}: there")
            return
        started = time.monotonic()
        unfinished = folder.with_name(f".{folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        wanted.build(unfinished, wanted.version)
        unfinished.rename(folder)
        say(f"{folder.name}: built in {time.monotonic() - started:.0f} s")


def main() -> int:
    """Build what is missing, in the order of PARTS."""
    parser = argparse.ArgumentParser(prog="python -m tests.realparts.parts", description=__doc__)
    parser.add_argument("--list", action="store_true", help="say which parts are built, build nothing")
    parser.add_argument(
        "names", nargs="*", help="parts to build (PARTS); or all that `ecosystem` or `soak` need beside"
    )
    arguments = parser.parse_args()
    chosen = [each for each in _ALL if each.name in arguments.names]
    if not arguments.names:
        chosen += PARTS
    for name, group in _GROUPS.items():
        if name in arguments.names:
            chosen += group
    for each in chosen:
        if arguments.list:
            print(f"{each.folder}  {'built' if each.folder.is_dir() else 'missing'}")
        else:
            ensure(each)
    return 0


if __name__ == "__main__":
    sys.exit(main())
