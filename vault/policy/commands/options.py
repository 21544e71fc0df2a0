"""Options that several commands of `omamori policy` have."""

from __future__ import annotations

from vault.cli.command import Option
from vault.cli.parameters import InputFile
from vault.policy.files.model import DEFAULT_OWNER

OWNER = Option("--owner", default=DEFAULT_OWNER, help="the owner of the grants", show_default=True)
FILES = Option(
    "files",
    "-f",
    "--file",
    type=InputFile(),
    multiple=True,
    required=True,
    help="an access file, a folder of them, or - for standard input; may be given several times",
)
