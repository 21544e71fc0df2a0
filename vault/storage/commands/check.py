"""`omamori storage check`: what is wrong with a table in use; it only reads."""

from __future__ import annotations

import json
import textwrap
from dataclasses import asdict
from pathlib import Path

from vault.cli.exit_codes import CHANGES, OK
from vault.cli.terminal import tell, write_document
from vault.storage.checks.all import Questions, check
from vault.storage.checks.finding import Finding, Severity
from vault.storage.commands import connection, scanning
from vault.storage.commands.options import TableOptions
from vault.storage.node_health import read_trust
from vault.storage.table.snapshot import read_seen

_WIDTH = 110
_INDENT = " " * 9


def run(
    *,
    where: TableOptions,
    kms_key: str,
    allow_missing: bool,
    vault_addresses: tuple[str, ...],
    vault_ca_file: Path | None,
    vault_pod_environment: frozenset[str] | None,
    scan: bool,
    read_units_per_second: float | None,
    output: str,
) -> int:
    """Print what is found. Exit code CHANGES: errors or warnings. Raises StorageFailure."""
    client = connection.connect(where)
    trust = read_trust(vault_ca_file) if vault_ca_file else None
    kms_key_arn = connection.key_arn(client, kms_key)
    seen = read_seen(client, where.table)
    questions = Questions(
        kms_key_arn=kms_key_arn,
        nodes=vault_addresses,
        trust=trust,
        environment=vault_pod_environment,
        items=scanning.scanned(client, seen, read_units_per_second) if scan and seen else None,
        allow_missing=allow_missing,
    )
    found = check(client, seen, questions)
    asked = {"--vault-address": vault_addresses, "--vault-pod-environment": vault_pod_environment, "--scan": scan}
    not_asked_for = [option for option, value in asked.items() if not value]
    (_print_json if output == "json" else _print_text)(where.table, found, not_asked_for)
    return CHANGES if any(each.severity is not Severity.NOTE for each in found) else OK


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
