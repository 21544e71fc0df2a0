"""Rule: `omamori policy test` checks assertions about access files: in a pipeline, before anything is applied."""

from __future__ import annotations

import argparse
from pathlib import Path

from vault.policy.assertions import failure_of, parse_assertions
from webhook.commands.calls import TO_DO, CallWrong
from webhook.commands.policy.files import access, add_file_arguments
from webhook.commands.terminal import tell


def configure(parser: argparse.ArgumentParser) -> None:
    """Access files and files of assertions."""
    add_file_arguments(parser)
    parser.add_argument("tests", nargs="+", type=Path, metavar="TESTS", help="a file of assertions")


def run(arguments: argparse.Namespace) -> int:
    """Print what does not hold. 0: everything holds; 2: something does not."""
    wanted = access(arguments)
    try:
        assertions = parse_assertions([(str(file), file.read_text()) for file in arguments.tests])
    except OSError as error:
        raise CallWrong(f"{error.filename}: {error.strerror}") from None
    failures = [(each, failure) for each in assertions if (failure := failure_of(each, wanted))]
    for assertion, failure in failures:
        tell(f"{assertion.place}: {assertion}: {failure}")
    tell(f"{len(assertions) - len(failures)} of {len(assertions)} hold")
    return TO_DO if failures else 0
