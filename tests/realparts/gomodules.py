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


def go_mod_of(module: str) -> dict[str, Any]:
    """The go.mod of a published module, as `go mod edit -json` prints it."""
    path = _downloaded(module)["GoMod"]
    listed = subprocess.run(["go", "mod", "edit", "-json", path], capture_output=True, text=True, check=True)
    parsed: dict[str, Any] = json.loads(listed.stdout)
    return parsed


def source_of(module: str) -> Path:
    """The folder of a published module's files, which are not to be changed."""
    return Path(_downloaded(module)["Dir"])


def _downloaded(module: str) -> dict[str, Any]:
    answer = subprocess.run(["go", "mod", "download", "-json", module], capture_output=True, text=True, check=False)
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
    ) -> None:
        """Write go.mod into a new folder."""
        self.folder = folder
        folder.mkdir(parents=True)
        lines = ["module realparts", "", f"go {go}", ""]
        lines += [f"godebug {each}" for each in godebug]
        lines += ["require (", *(f"\t{path} {version}" for path, version in requires), ")"]
        lines += ["replace (", *(f"\t{each}" for each in replaces), ")"]
        (folder / "go.mod").write_text("\n".join(lines) + "\n")

    def build(self, packages: Sequence[str], into: Path, *, label: str, ldflags: str) -> None:
        """Build static programs into a folder; a build that was cut off goes on where it was, from Go's cache."""
        into.mkdir(parents=True)
        environment = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=mod -buildvcs=false"}
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
