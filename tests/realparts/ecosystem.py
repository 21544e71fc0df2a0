"""The programs of the tools that people deploy with, and the kinds that they bring: `bin/` and `crds/` of each part.

They are test partners, at the one version that is named in parts.py.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.realparts.gomodules import OWN, consumer_of, source_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SOURCE = Path(__file__).parent / "source"
NEWER_GO = "go1.27.3"  # for modules that ask for more than the Go that is installed


def argo_rollouts(folder: Path, version: str) -> None:
    """The controller of Argo Rollouts."""
    module = "github.com/argoproj/argo-rollouts"
    _program(folder, module, version, ["cmd/rollouts-controller"], crds="manifests/crds", toolchain=NEWER_GO)


def argo_workflows(folder: Path, version: str) -> None:
    """The controller of Argo Workflows, and the program that it puts into the Pods.

    The published module lacks what its server shows, and one file for Linux.
    """
    module = "github.com/argoproj/argo-workflows/v4"
    page = folder / "index.html"
    page.touch()
    added = {
        "ui/dist/app/index.html": page,
        "workflow/executor/osspecific/signal_linux.go": SOURCE / "argoexec_signal.go",
    }
    commands = ["cmd/workflow-controller", "cmd/argoexec"]
    _program(folder, module, version, commands, crds="manifests/base/crds/minimal", added=added)
    page.unlink()


def argo_cd(folder: Path, version: str) -> None:
    """All of Argo CD in one program, which is what its name says it is."""
    module = "github.com/argoproj/argo-cd/v3"
    _program(folder, module, version, ["cmd"], crds="manifests/crds", toolchain=NEWER_GO)
    (folder / "bin/cmd").rename(folder / "bin/argocd")
    # it is called for each commit, also where signatures are not asked for
    wrapper = folder / "bin/git-verify-wrapper.sh"
    shutil.copyfile(source_of(f"{module}@v{version}", NEWER_GO) / "hack" / wrapper.name, wrapper)
    wrapper.chmod(0o755)


def flux(folder: Path, version: str) -> None:
    """Flux' kustomize-controller; the kinds of its source-controller, which cannot be built from its module."""
    _program(folder, "github.com/fluxcd/kustomize-controller", version, ["."], crds="config/crd/bases")
    sources = source_of(f"github.com/fluxcd/source-controller@v{version}") / "config/crd/bases"
    _copy_kinds(sources, folder / "crds")


def flagger(folder: Path, version: str) -> None:
    """Flagger."""
    _program(folder, "github.com/fluxcd/flagger", version, ["cmd/flagger"], crds="artifacts/flagger/crd.yaml")


def sealed_secrets(folder: Path, version: str) -> None:
    """The controller of SealedSecrets, and kubeseal."""
    module = "github.com/bitnami-labs/sealed-secrets"
    _program(folder, module, version, ["cmd/controller", "cmd/kubeseal"], crds="helm/sealed-secrets/crds")


def _program(
    folder: Path,
    module: str,
    version: str,
    commands: Sequence[str],
    *,
    crds: str,
    toolchain: str = OWN,
    added: Mapping[str, Path] | None = None,
) -> None:
    """Build commands of a module, and copy its kinds. `added` are files that the module lacks, by their paths in it."""
    source = source_of(f"{module}@v{version}", toolchain)
    changed = _with(source, added, folder / "source") if added else None
    built = consumer_of(folder / "module", module, f"v{version}", toolchain, changed)
    built.build(
        [module if command == "." else f"{module}/{command}" for command in commands],
        folder / "bin",
        label=f"{module} {version}",
        ldflags="",
    )
    shutil.rmtree(built.folder)
    shutil.rmtree(folder / "source", ignore_errors=True)
    _copy_kinds(source / crds, folder / "crds")


def _with(source: Path, added: Mapping[str, Path], into: Path) -> Path:
    """Copy a module's files, which are read-only, and add some."""
    shutil.copytree(source, into, copy_function=shutil.copyfile)
    for path, file in added.items():
        place = into / path
        for folder in reversed([each for each in place.parents if each.is_relative_to(into)]):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
        shutil.copyfile(file, place)
    return into


def _copy_kinds(source: Path, into: Path) -> None:
    into.mkdir(exist_ok=True)
    for file in [source] if source.is_file() else source.glob("*.yaml"):
        if file.name != "kustomization.yaml":
            shutil.copyfile(file, into / file.name)
