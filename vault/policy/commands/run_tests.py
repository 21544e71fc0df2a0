"""`omamori policy test` checks assertions about access files: in a pipeline, before anything is applied."""

from __future__ import annotations

from pathlib import Path

from vault.cli.exit_codes import CHANGES, OK
from vault.cli.files import read_text
from vault.cli.terminal import tell
from vault.policy.commands.access_files import read_access
from vault.policy.offline.assertions import failure_of, parse_assertions


def run(*, files: tuple[Path, ...], tests: tuple[Path, ...]) -> int:
    """Print what does not hold. Exit code CHANGES: something does not."""
    wanted = read_access(files)
    assertions = parse_assertions([(str(file), read_text(file)) for file in tests])
    failures = [(each, failure) for each in assertions if (failure := failure_of(each, wanted))]
    for assertion, failure in failures:
        tell(f"{assertion.place}: {assertion}: {failure}")
    tell(f"{len(assertions) - len(failures)} of {len(assertions)} hold")
    return CHANGES if failures else OK
