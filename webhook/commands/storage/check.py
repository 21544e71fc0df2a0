"""`omamori storage check`: what is wrong with a table in use; it only reads."""

from __future__ import annotations

import argparse
import json
import os
import sys
import textwrap
from dataclasses import asdict
from pathlib import Path

from vault.storage.check import Questions, check
from vault.storage.environment import parse_names
from vault.storage.finding import Finding, Severity
from vault.storage.health import read_trust
from vault.storage.seen import read_seen
from webhook.commands.storage import connection, scanning
from webhook.commands.storage.mistakes import Mistakes
from webhook.commands.terminal import tell, write_document

_WIDTH = 110
_INDENT = " " * 9
_OPTIONS = {"vault_address": "--vault-address", "vault_pod_environment": "--vault-pod-environment", "scan": "--scan"}


def configure(parser: argparse.ArgumentParser) -> None:
    """What is looked at."""
    connection.add_options(parser)
    connection.add_key_option(parser, "the table must be encrypted by it; without it by any")
    connection.add_allow_missing(parser)
    parser.add_argument(
        "--vault-address",
        action="append",
        default=[],
        metavar="URL",
        help="a node of Vault's, by its own address, whose clock is compared with DynamoDB's; may be repeated",
    )
    parser.add_argument("--vault-ca-file", type=Path, default=os.environ.get("VAULT_CACERT"), help="VAULT_CACERT")
    parser.add_argument(
        "--vault-pod-environment",
        metavar="FILE",
        help="what `env` prints in the Vault Pod, or /proc/PID/environ; - for stdin; names alone are looked at",
    )
    parser.add_argument("--scan", action="store_true", help="look for items near 400 KB; reads the whole table")
    scanning.add_option(parser)
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")


def run(arguments: argparse.Namespace) -> int:
    """Print what is found. Exit code 0: nothing but notes; 2: errors or warnings; 1: AWS could not be asked."""
    mistakes = Mistakes()
    table = connection.table_of(arguments, mistakes)
    for address in arguments.vault_address:
        connection.check_address("--vault-address", address, mistakes)
    environment = mistakes.parsed("--vault-pod-environment", lambda: _names(arguments.vault_pod_environment), None)
    pace = scanning.pace_of(arguments, mistakes)
    client = connection.connect(arguments, mistakes)
    trust = read_trust(arguments.vault_ca_file) if arguments.vault_ca_file else None
    kms_key_arn = connection.key_arn(client, arguments)
    seen = read_seen(client, table)
    questions = Questions(
        kms_key_arn=kms_key_arn,
        nodes=tuple(arguments.vault_address),
        trust=trust,
        environment=environment,
        items=scanning.scanned(client, seen, pace) if arguments.scan and seen else None,
        allow_missing=arguments.allow_missing,
    )
    found = check(client, seen, questions)
    (_print_json if arguments.output == "json" else _print_text)(table, found, _not_asked_for(arguments))
    return 2 if any(each.severity is not Severity.NOTE for each in found) else 0


def _names(file: str | None) -> frozenset[str] | None:
    """The names of the variables in a file, None without one. Raises ValueError."""
    if file is None:
        return None
    try:
        names = parse_names(sys.stdin.read() if file == "-" else Path(file).read_text(errors="replace"))
    except OSError as error:
        raise ValueError(f"is {file!r}, which cannot be read: {error.strerror}") from None
    if not names:
        raise ValueError(f"is {file!r}, in which there is no variable")
    return names


def _not_asked_for(arguments: argparse.Namespace) -> list[str]:
    return [option for name, option in _OPTIONS.items() if not getattr(arguments, name)]


def _print_text(table: str, found: tuple[Finding, ...], not_asked_for: list[str]) -> None:
    for each in found:
        tell(*_filled(each.what, f"{each.severity.value:<8} {each.reason:<16} "))
        tell(*_filled(each.hint, _INDENT))
        if each.command:
            tell(*f"{_INDENT}{each.command}".split("\n"))  # whole, to be copied
    counts = {each: sum(one.severity is each for one in found) for each in Severity}
    told = ", ".join(f"{number} {each.value}{'s' * (number > 1)}" for each, number in counts.items() if number)
    tell(f"{table}: {told or 'nothing found'}")
    if not_asked_for:
        tell(f"not asked for: {', '.join(not_asked_for)}")


def _filled(text: str, head: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=head, subsequent_indent=_INDENT, break_long_words=False, break_on_hyphens=False
    )


def _print_json(table: str, found: tuple[Finding, ...], not_asked_for: list[str]) -> None:
    findings = [{**asdict(each), "severity": each.severity.value} for each in found]
    write_document(json.dumps({"table": table, "findings": findings, "not_asked_for": not_asked_for}, indent=2) + "\n")
