"""`omamori doctor` as an operator runs it, and what it says."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.install.installed import NAMESPACE, Installed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

PROJECT = Path(__file__).parents[2]
WARD, PATIENT = "ward", "patient"  # a namespace and a ServiceAccount that nobody else has
PATH = "secret/data/shop/mail"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What one run said. `fixes` are those of the findings that are not well, by check."""

    code: int
    output: str
    errors: str
    seconds: float

    @property
    def checks(self) -> list[dict[str, Any]]:
        """The findings."""
        document = json.loads(self.output)
        assert document["reportVersion"] == 1
        return list(document["findings"])

    @property
    def fixes(self) -> dict[str, str]:
        """What is to be done, by check; a check that found two things has the fixes of both."""
        found: dict[str, str] = {}
        for each in self.checks:
            if each["status"] != "ok":
                found[each["check"]] = found.get(each["check"], "") + each["fix"]
        return found

    @property
    def told(self) -> str:
        """What is not well, for people."""
        return "\n".join(
            f"      {each['status']} {each['check']}: {each['message']}\n        fix: {each['fix']}"
            for each in self.checks
            if each["status"] != "ok"
        )

    def names(self, expected: Mapping[str, str], may_be_said: Collection[str]) -> bool:
        """Whether these checks are not well and no others, each with the fix that is named by a part of it."""
        fixes = {check: fix for check, fix in self.fixes.items() if check not in may_be_said}
        return fixes.keys() == expected.keys() and all(part in fixes[check] for check, part in expected.items())


def diagnose(inside: Installed, *options: str, kubeconfig: Path | None = None, output: str = "json") -> Diagnosis:
    """Run it to its end, with a ServiceAccount and a path."""
    asked = ("--service-account", f"{WARD}/{PATIENT}", "--path", PATH, "-n", NAMESPACE, "-o", output)
    config = ("--kubeconfig", str(kubeconfig or inside.nodes.kubeconfig))
    command = (sys.executable, "-m", "webhook", "doctor", *asked, *config, *options)
    started = time.monotonic()
    ended = inside.box.run(command, env={"PYTHONPATH": str(PROJECT)}, check=False)
    return Diagnosis(ended.returncode, ended.stdout, ended.stderr, time.monotonic() - started)
