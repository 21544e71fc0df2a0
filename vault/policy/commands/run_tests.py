"""`omamori policy test`: check assertions about access files, for example in a pipeline before `apply`."""

from __future__ import annotations

from pathlib import Path

from vault.cli.exit_codes import CHANGES, OK
from vault.cli.files import read_text
from vault.cli.terminal import tell
from vault.policy.commands.access_files import read_access
from vault.policy.offline.assertions import failure_of, parse_assertions


def run(*, files: tuple[Path, ...], tests: tuple[Path, ...]) -> int:
    """Print the failed assertions. Exit code CHANGES: at least one failed."""
    wanted = read_access(files)
    assertions = parse_assertions([(str(file), read_text(file)) for file in tests])
    failures = [(each, failure) for each in assertions if (failure := failure_of(each, wanted))]
    for assertion, failure in failures:
        tell(f"{assertion.place}: {assertion}: {failure}")
    tell(f"{len(assertions) - len(failures)} of {len(assertions)} hold")
    return CHANGES if failures else OK
