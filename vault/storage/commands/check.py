"""`omamori storage check`: check a table in use; read-only."""

from __future__ import annotations

from pathlib import Path

from vault.cli.exit_codes import CHANGES, OK
from vault.cli.terminal import tell, write_document
from vault.report import is_well, render_json, render_text
from vault.storage.checks.all import Questions, check
from vault.storage.commands import connection, scanning
from vault.storage.commands.options import TableOptions
from vault.storage.node_health import read_trust
from vault.storage.table.snapshot import read_snapshot


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
    """Print the findings. Exit code CHANGES: errors or warnings. Raises StorageFailure."""
    client = connection.connect(where)
    trust = read_trust(vault_ca_file) if vault_ca_file else None
    kms_key_arn = connection.key_arn(client, kms_key)
    seen = read_snapshot(client, where.table)
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
    if output == "json":
        write_document(render_json({"table": where.table}, found, not_asked_for) + "\n")
    else:
        tell(*render_text(where.table, found, not_asked_for).split("\n"))
    return OK if is_well(found) else CHANGES
