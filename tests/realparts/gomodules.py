"""Programs built from published Go modules, with the versions that those modules ask for."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.realparts.progress import run

if TYPE_CHECKING:
    from collections.abc import Sequence

OWN = "local"  # the Go that is installed; another version is a module, which the go command fetches


def go_mod_of(module: str, toolchain: str = OWN) -> dict[str, Any]:
    """The go.mod of a published module, as `go mod edit -json` prints it."""
    path = _downloaded(module, toolchain)["GoMod"]
    command = ["go", "mod", "edit", "-json", path]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, env=_environment(toolchain))
    parsed: dict[str, Any] = json.loads(listed.stdout)
    return parsed


def source_of(module: str, toolchain: str = OWN) -> Path:
    """The folder of a published module's files, which are not to be changed."""
    return Path(_downloaded(module, toolchain)["Dir"])


def consumer_of(folder: Path, module: str, version: str, toolchain: str = OWN, source: Path | None = None) -> GoModule:
    """Make a module in which another one's programs can be built: with its requirements, and the modules it replaces.

    What it replaces by folders of its own tree is left out: those are published modules, too. `source` is a changed
    copy of the module's files.
    """
    wanted = go_mod_of(f"{module}@{version}", toolchain)
    return GoModule(
        folder,
        requires=[(each["Path"], each["Version"]) for each in wanted["Require"]] + [(module, version)],
        replaces=[
            f"{each['Old']['Path']} {each['Old'].get('Version', '')} => {each['New']['Path']} {each['New']['Version']}"
            for each in wanted.get("Replace") or []
            if "Version" in each["New"]
        ]
        + ([] if source is None else [f"{module} => {source}"]),
        go=wanted["Go"],
        godebug=[],
        toolchain=toolchain,
    )


def _environment(toolchain: str) -> dict[str, str]:
    return {**os.environ, "GOTOOLCHAIN": toolchain}


def _downloaded(module: str, toolchain: str) -> dict[str, Any]:
    command = ["go", "mod", "download", "-json", module]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment(toolchain))
    if answer.returncode != 0:
        message = f"go mod download {module}: {answer.stdout}{answer.stderr}"
        raise RuntimeError(message)
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


class GoModule:
    """An own Go module whose only purpose is to build programs of another one, with that one's own versions."""

    def __init__(
        self,
        folder: Path,
        *,
        requires: Sequence[tuple[str, str]],
        replaces: Sequence[str],
        go: str,
        godebug: Sequence[str],
        toolchain: str = OWN,
    ) -> None:
        """Write go.mod into a new folder."""
        self.folder = folder
        self._toolchain = toolchain
        folder.mkdir(parents=True)
        lines = ["module realparts", "", f"go {go}", ""]
        lines += [f"godebug {each}" for each in godebug]
        lines += ["require (", *(f"\t{path} {version}" for path, version in requires), ")"]
        lines += ["replace (", *(f"\t{each}" for each in replaces), ")"]
        (folder / "go.mod").write_text("\n".join(lines) + "\n")

    def build(self, packages: Sequence[str], into: Path, *, label: str, ldflags: str) -> None:
        """Build static programs into a folder; a build that was cut off goes on where it was, from Go's cache."""
        into.mkdir(parents=True)
        environment = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=mod -buildvcs=false", "GOTOOLCHAIN": self._toolchain}
        run(["go", "mod", "download"], label=f"{label}, modules", cwd=self.folder, env=environment)
        deps = subprocess.run(
            ["go", "list", "-deps", *packages],
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        count = len(deps.stdout.splitlines()) or None
        run(
            ["go", "build", "-v", "-trimpath", "-ldflags", f"-s -w {ldflags}", "-o", f"{into}/", *packages],
            label=label,
            cwd=self.folder,
            env=environment,
            total_lines=count,
        )
