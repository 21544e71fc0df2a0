"""Command line of `omamori storage`, for the DynamoDB table that stores Vault's data."""

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
_NOT_DONE = "AWS could not be reached, refused, or does not support it, or the call is wrong; standard error says why"


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
        raise ValueError(f"is '{file}', which contains no variable")
    return names


_BOOTSTRAP = Command(
    "bootstrap",
    f"{_HERE}.bootstrap",
    "create the table, or enable what an existing one lacks",
    kms_key_option("default: the key that AWS owns"),
    Option("--read-capacity", type=whole(1), metavar="UNITS", help="provisioned capacity; default: on demand"),
    Option("--write-capacity", type=whole(1), metavar="UNITS", help="the same for writes"),
    Option(
        "--recovery-days",
        type=whole(RECOVERY_DAYS[0], RECOVERY_DAYS[-1]),
        metavar="DAYS",
        help=f"{RECOVERY_DAYS[0]} to {RECOVERY_DAYS[-1]}; default: {RECOVERY_DAYS[-1]} for a new table, else unchanged",
    ),
    Option(
        "tags", "--tag", metavar="NAME=VALUE", multiple=True, callback=checked(_tags), help="may be given several times"
    ),
    ALLOW_MISSING,
    extra="storage",
    groups=_TABLE,
    together=("read_capacity", "write_capacity"),
    examples=("omamori storage bootstrap --table vault --kms-key alias/vault-table --tag team=platform",),
    codes={OK: "the table is as requested", FAILED: _NOT_DONE, CHANGES: "some settings must be changed by hand"},
)

_CHECK = Command(
    "check",
    f"{_HERE}.check",
    "check a table in use, and the clocks of its Vault; read-only",
    kms_key_option("the key that must encrypt the table; default: any"),
    ALLOW_MISSING,
    Option(
        "vault_addresses",
        "--vault-address",
        type=SERVER_ADDRESS,
        multiple=True,
        help="address of one Vault node, whose clock is compared with DynamoDB's; may be given several times",
    ),
    Option("--vault-ca-file", type=InputFile(), envvar="VAULT_CACERT", help="the CA of Vault, a PEM file"),
    Option(
        "--vault-pod-environment",
        type=InputFile(),
        callback=checked(_names),
        help="the output of `env` in the Vault Pod, or /proc/PID/environ, or -; only the names are used",
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
    codes={OK: "no errors or warnings", FAILED: _NOT_DONE, CHANGES: "there are errors or warnings"},
)

_RESTORE_PLAN = Command(
    "restore-plan",
    f"{_HERE}.restore_plan",
    "print the steps that restore a table to an earlier time; read-only",
    Option(
        "--at",
        type=Parsed(parse_moment, "moment"),
        help="such as 2026-11-24T07:30:00Z; default: the latest possible time",
    ),
    Option("--target-table", type=TABLE_NAME, help="the new table; default: NAME-restored"),
    extra="storage",
    groups=_TABLE,
    examples=("omamori storage restore-plan --table vault --at 2026-11-24T07:30:00Z",),
    codes={OK: "printed", FAILED: "it cannot be restored to that time, or the call is wrong; standard error says why"},
)

_SIZE = Command(
    "size",
    f"{_HERE}.size",
    "show what takes space in a table, what is near the limit, what a login writes; read-only",
    READ_UNITS,
    OUTPUT,
    extra="storage",
    groups=_TABLE,
    examples=("omamori storage size --table vault --read-units-per-second 20",),
    codes={OK: "printed", FAILED: _NOT_DONE},
)

STORAGE = Group(
    "storage",
    "create and check the DynamoDB table that stores Vault's data",
    {str(each.name): each for each in (_BOOTSTRAP, _CHECK, _RESTORE_PLAN, _SIZE)},
)
