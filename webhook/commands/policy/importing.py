"""`omamori policy import` prints an access file of what is in a Vault, and changes nothing there."""

from __future__ import annotations

from vault.policy.importing import import_access
from vault.policy.snapshot import read_snapshot
from webhook.commands.connection import connect
from webhook.commands.exit_codes import OK
from webhook.commands.options import VaultOptions
from webhook.commands.terminal import warn, write_document


def run(*, vault: VaultOptions, auths: tuple[str, ...], owner: str) -> int:
    """Print the file; on stderr what is left alone, and why."""
    imported = import_access(read_snapshot(connect(vault), auths), owner)
    write_document(imported.text)
    warn(*(f"left alone: {path}: {why}" for path, why in imported.left_alone))
    return OK
