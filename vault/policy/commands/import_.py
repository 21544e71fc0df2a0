"""`omamori policy import`: print an access file with the contents of a Vault. It changes nothing in Vault."""

from __future__ import annotations

from vault.cli.connection import connect
from vault.cli.exit_codes import OK
from vault.cli.options import VaultOptions
from vault.cli.terminal import warn, write_document
from vault.policy.authoring.import_access import import_access
from vault.policy.authoring.vault_inventory import read_snapshot


def run(*, vault: VaultOptions, auths: tuple[str, ...], owner: str) -> int:
    """Print the file to stdout, and notes and skipped roles with the reason to stderr."""
    imported = import_access(read_snapshot(connect(vault), auths), owner)
    write_document(imported.text)
    warn(*(f"note: {path}: {what}" for path, what in imported.notes))
    warn(*(f"skipped: {path}: {why}" for path, why in imported.left_alone))
    return OK
