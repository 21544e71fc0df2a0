"""Runs one target under libFuzzer (atheris), until it is told to stop or something breaks.

    python -m tests.fuzz http /tmp/corpus -max_total_time=60

Inputs that reach new code are kept in the folder, so that a next run goes on from there.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import atheris

# comparisons that the interpreter makes in C are shown to the search as well
atheris.enabled_hooks.add("str")

# imported under instrumentation, and so not above
with atheris.instrument_imports(include=["webhook", "vault"]):
    importlib.import_module("webhook.server.endpoint")
    importlib.import_module("vault.agent.init")
    importlib.import_module("vault.agent.configuration.configured")
    importlib.import_module("vault.gotemplate.template")
    importlib.import_module("vault.gotemplate.regexp.regexp")
    from tests.fuzz.targets import TARGETS


def main(name: str, folder: Path, *options: str) -> None:
    """Fill the folder with the target's seeds and search; libFuzzer ends the process."""
    target = TARGETS[name]
    for number, seed in enumerate(target.seeds):
        (folder / f"seed-{number}").write_bytes(seed)
    atheris.Setup([name, str(folder), *options], target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
