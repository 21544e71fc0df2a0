"""The program that runs once, in this process: quick, for tables of many answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.scripted import ScriptedVault
from vault.agent.init import run
from vault.contract.plan import EnvFile, Output, Plan, Read, Variable
from vault.contract.wire import to_environment

FILE_FORMATS = ("raw", "json", "yaml", "env", "dotenv", "properties", "map", "pem-bundle")


@dataclass(frozen=True, slots=True)
class Ran:
    """How it ended: the code, its last line, and the files that are there."""

    code: int
    last: dict[str, Any]
    files: dict[str, bytes]

    @property
    def said(self) -> str:
        """Message and hint."""
        return f"{self.last.get('message')}; {self.last.get('hint')}"


def run_once(vault: ScriptedVault, folder: Path, capsys: pytest.CaptureFixture[str], plan: Plan) -> Ran:
    """Run a Plan to its end; its outputs go into `folder`/files."""
    capsys.readouterr()
    code = run(to_environment(plan))
    lines = capsys.readouterr().err.splitlines()
    place = folder / "files"
    files = {each.name: each.read_bytes() for each in place.iterdir() if each.is_symlink() and each.is_file()}
    assert vault.calls
    return Ran(code, json.loads(lines[-1]), files)


def plan_of(vault: ScriptedVault, folder: Path, read: Read | str, kind: str = "json", **fields: Any) -> Plan:
    """Give the Plan of one read, and of one file of a format; with `variable`, of one variable instead."""
    (folder / "files").mkdir(exist_ok=True)
    directory = str(folder / "files")
    key = fields.pop("key", None)
    optional = fields.pop("optional", False)
    session = vault.session(folder, **fields.pop("session", {}))
    usual: dict[str, Any] = {"sessions": (session,), "deadline_seconds": 1}
    usual["reads"] = (Read(path=read) if isinstance(read, str) else read,)
    if kind == "variable":
        variables = (Variable(name="A", key=key, format="raw" if key else "json", optional=optional),)
        usual["env_files"] = (EnvFile(directory=directory, name="env", mode="0444", variables=variables),)
    else:
        name = f"out.{kind}"
        usual["outputs"] = (
            Output(directory=directory, name=name, mode="0444", key=key, format=kind, optional=optional),
        )
    return Plan(**{**usual, **fields})
