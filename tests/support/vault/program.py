"""The program in the Pod, run as a Pod runs it: a process of its own, a Plan in its environment."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vault.contract.plan import Output, Plan, Read, Session
from vault.contract.wire import to_environment

ROOT = Path(__file__).resolve().parents[3]
START = ROOT / "vault" / "agent" / "start.py"
FLAGS = ("-I", "-S", "-B")
# tests/release has the tests run the program of an image, by an emulator
COMMAND = shlex.split(os.environ.get("OMAMORI_PROGRAM", "")) or [sys.executable, *FLAGS, str(START)]


@dataclass(frozen=True, slots=True)
class Finished:
    """How it ended. `stderr` is all that it said."""

    code: int
    stderr: bytes

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it said; every line is JSON."""
        return [json.loads(line) for line in self.stderr.splitlines()]

    @property
    def last(self) -> dict[str, Any]:
        """Its last words."""
        return self.lines[-1]


def run_program(what: Plan | Mapping[str, str]) -> Finished:
    """Run it, with a Plan or an environment, to its end."""
    environment = to_environment(what) if isinstance(what, Plan) else dict(what)
    done = subprocess.run(COMMAND, env=environment, capture_output=True, check=False)
    assert done.stdout == b""
    return Finished(done.returncode, done.stderr)


def one_file(session: Session, directory: Path, path: str, /, **output: Any) -> Plan:
    """Give the Plan of one read and one output, named `out`."""
    usual = {"directory": str(directory), "name": "out", "mode": "0444", "annotation": "file.omamori.dev/out"}
    return Plan(
        sessions=(session,), reads=(Read(path=path),), outputs=(Output(**{**usual, **output}),), deadline_seconds=20
    )
