"""Rule: `omamori policy import` prints an access file of what is in a Vault, and changes nothing there."""

from __future__ import annotations

import argparse
import sys

from vault.policy.access import DEFAULT_OWNER
from vault.policy.importing import import_access
from vault.policy.snapshot import read_snapshot
from webhook.commands.connection import add_vault_arguments, connect


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
    sys.stdout.write(imported.text)
    for path, why in imported.left_alone:
        print(f"left alone: {path}: {why}", file=sys.stderr)
    return 0
