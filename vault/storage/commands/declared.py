"""`omamori storage`: the DynamoDB table in which Vault keeps its data, as the command line has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vault.cli.command import Command, Group, Option
from vault.cli.exit_codes import CHANGES, FAILED, OK
from vault.cli.options import OUTPUT
from vault.cli.parameters import InputFile, Parsed, checked, whole
from vault.storage.checks.credentials import parse_names
from vault.storage.commands.options import (
    ALLOW_MISSING,
    READ_UNITS,
    SERVER_ADDRESS,
    TABLE_NAME,
    TableOptions,
    kms_key_option,
)
from vault.storage.model import RECOVERY_DAYS, parse_tags
from vault.storage.moments import parse_moment

_HERE = "vault.storage.commands"
_TABLE = {"where": TableOptions}
_NOT_DONE = "AWS could not be asked, refused, or cannot do it, or the call is wrong; standard error says why"


def _tags(texts: tuple[str, ...]) -> Any:
    """Parse all tags at once, so that a name given twice is found. Raises ValueError."""
    return parse_tags(list(texts))


def _names(file: Path | None) -> frozenset[str] | None:
    """Read the names of the variables in a file; None without one. Raises ValueError."""
    if file is None:
        return None
    try:
        names = parse_names(file.read_text(errors="replace"))
    except OSError as error:
        raise ValueError(f"is '{file}', which cannot be read: {error.strerror}") from None
    if not names:
        raise ValueError(f"is '{file}', in which there is no variable")
    return names


_BOOTSTRAP = Command(
    "bootstrap",
    f"{_HERE}.bootstrap",
    "make the table, or turn on what an existing one lacks",
    kms_key_option("without it the key that AWS owns"),
    Option("--read-capacity", type=whole(1), metavar="UNITS", help="provisioned; without it on demand"),
    Option("--write-capacity", type=whole(1), metavar="UNITS", help="the same for writes"),
    Option(
        "--recovery-days",
        type=whole(RECOVERY_DAYS[0], RECOVERY_DAYS[-1]),
        metavar="DAYS",
        help=f"{RECOVERY_DAYS[0]} to {RECOVERY_DAYS[-1]}; without it {RECOVERY_DAYS[-1]}, or as it is",
    ),
    Option(
        "tags", "--tag", metavar="NAME=VALUE", multiple=True, callback=checked(_tags), help="may be given several times"
    ),
    ALLOW_MISSING,
    extra="storage",
    groups=_TABLE,
    together=("read_capacity", "write_capacity"),
    examples=("omamori storage bootstrap --table vault --kms-key alias/vault-table --tag team=platform",),
    codes={OK: "the table is as asked for", FAILED: _NOT_DONE, CHANGES: "a person has to change a part"},
)

_CHECK = Command(
    "check",
    f"{_HERE}.check",
    "say what is wrong with a table in use, and with the clocks of its Vault; it only reads",
    kms_key_option("the table must be encrypted by it; without it by any"),
    ALLOW_MISSING,
    Option(
        "vault_addresses",
        "--vault-address",
        type=SERVER_ADDRESS,
        multiple=True,
        help="a node of Vault's, by its own address: its clock is compared with DynamoDB's; may be given several times",
    ),
    Option("--vault-ca-file", type=InputFile(), envvar="VAULT_CACERT", help="the CA of Vault, in PEM"),
    Option(
        "--vault-pod-environment",
        type=InputFile(),
        callback=checked(_names),
        help="what `env` prints in the Vault Pod, or /proc/PID/environ, or -; names alone are looked at",
    ),
    Option("--scan", is_flag=True, help="look for items near 400 KB; reads the whole table"),
    READ_UNITS,
    OUTPUT,
    extra="storage",
    groups=_TABLE,
    examples=(
        "omamori storage check --table vault --scan",
        "kubectl exec vault-0 -- env | omamori storage check --table vault --vault-pod-environment -",
    ),
    codes={OK: "nothing but notes", FAILED: _NOT_DONE, CHANGES: "there are errors or warnings"},
)

_RESTORE_PLAN = Command(
    "restore-plan",
    f"{_HERE}.restore_plan",
    "print the steps that bring a table back to an earlier moment; it only reads",
    Option("--at", type=Parsed(parse_moment, "moment"), help="2026-11-24T07:30:00Z; without it the latest there is"),
    Option("--target-table", type=TABLE_NAME, help="the new table; without it NAME-restored"),
    extra="storage",
    groups=_TABLE,
    examples=("omamori storage restore-plan --table vault --at 2026-11-24T07:30:00Z",),
    codes={OK: "printed", FAILED: "it cannot be restored so, or the call is wrong; standard error says why"},
)

_SIZE = Command(
    "size",
    f"{_HERE}.size",
    "say where a table's bytes are, what is near the limit, what a login writes; it only reads",
    READ_UNITS,
    OUTPUT,
    extra="storage",
    groups=_TABLE,
    examples=("omamori storage size --table vault --read-units-per-second 20",),
    codes={OK: "printed", FAILED: _NOT_DONE},
)

STORAGE = Group(
    "storage",
    "make and check the DynamoDB table in which Vault keeps its data",
    {str(each.name): each for each in (_BOOTSTRAP, _CHECK, _RESTORE_PLAN, _SIZE)},
)
