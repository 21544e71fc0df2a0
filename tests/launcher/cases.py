"""The table of commands of tests/cases/launcher.json, with its files laid out."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.canary import Canary

TABLE = json.loads((Path(__file__).parents[1] / "cases/launcher.json").read_text())
CASES: list[dict[str, Any]] = TABLE["cases"]


def name_of(case: dict[str, Any]) -> str:
    """A case's name, for pytest."""
    return str(case["what"])


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of the table in a folder, and a secret."""

    tree: Path
    canary: Canary

    def filled(self, text: str) -> str:
        """Put what is the layout's into a text of the table."""
        named = {"tree": str(self.tree), "canary": self.canary.value, "long": "a" * 5000, "shown": "a" * 256}
        for name, value in named.items():
            text = text.replace(f"<{name}>", value)
        return text

    def arguments(self, case: dict[str, Any]) -> Sequence[str]:
        """Write the case's env file, and give the launcher's arguments."""
        env_file = self.tree / "env"
        env_file.write_text(self.filled(case.get("file", "SECRET=<canary>\0")))
        given = case.get("arguments", [str(env_file), "--", *case["command"]])
        return [self.filled(each) for each in given]

    def environment(self, case: dict[str, Any]) -> dict[str, str]:
        """Give what the launcher inherits."""
        return {name: self.filled(value) for name, value in case.get("environment", {}).items()}


def laid_out(tree: Path) -> Layout:
    """Lay the table's files out in an empty folder."""
    layout = Layout(tree, Canary.random())
    for names, mode in ((TABLE["programs"], 0o755), (TABLE["not_executable"], 0o644)):
        for name, text in names.items():
            file = tree / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(layout.filled(text))
            file.chmod(mode)
    for name in TABLE["folders"]:
        (tree / name).mkdir(parents=True)
    for name, target in TABLE["links"].items():
        (tree / name).symlink_to(target)
    for name in TABLE["pipes"]:
        os.mkfifo(tree / name)
    return layout
