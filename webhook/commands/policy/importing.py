"""Rule: `omamori policy import` prints an access file of what is in a Vault, and changes nothing there."""

from __future__ import annotations

import argparse

from vault.policy.access import DEFAULT_OWNER
from vault.policy.importing import import_access
from vault.policy.snapshot import read_snapshot
from webhook.commands.connection import add_vault_arguments, connect
from webhook.commands.terminal import warn, write_document


def configure(parser: argparse.ArgumentParser) -> None:
    """Vault, which auth methods, whose it will be."""
    add_vault_arguments(parser)
    parser.add_argument(
        "--auth", action="append", default=[], metavar="PATH", help="only this auth method; may be given several times"
    )
    parser.add_argument("--owner", default=DEFAULT_OWNER, help=f"whose the grants are ({DEFAULT_OWNER})")


def run(arguments: argparse.Namespace) -> int:
    """Print the file; on stderr what is left alone, and why."""
    imported = import_access(read_snapshot(connect(arguments), tuple(arguments.auth)), arguments.owner)
    write_document(imported.text)
    warn(*(f"left alone: {path}: {why}" for path, why in imported.left_alone))
    return 0
