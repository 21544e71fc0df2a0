"""What is asked for, one secret or one file each: its tables of options, and the parsed values.

A field that is a row says its name, its parser, what it means and an example, as in pod_annotations.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from vault.contract.references import SecretRef
from webhook.admission.annotations import parsers, part_parsers
from webhook.admission.annotations.values import Decoding, Encoding, Format, MissingKey, Mounting, VariableFormat
from webhook.config.directories import parse_file_directory, parse_name
from webhook.config.row import required, row

_OPTIONAL = "if Vault reports the path or key as missing, skip this secret instead of failing the Pod"
_SHORT_LEASE = "accepts credentials that expire with omamori's login, minutes later; see mode"


def _keys() -> tuple[str, ...]:
    """The rows of a selection are those of a file and of variables alike; each table has rows of its own."""
    meaning = "of a whole secret, these keys alone, in this order"
    return row("keys", part_parsers.parse_keys, (), meaning, example="username,password")


def _renames() -> tuple[tuple[str, str], ...]:
    meaning = "of a whole secret, other names for some keys"
    return row("rename", part_parsers.parse_renames, (), meaning, example="username:DB_USER")


def _prefix() -> str:
    meaning = "of a whole secret, what the names of the other keys begin with"
    return row("prefix", part_parsers.parse_prefix, "", meaning, example="DB_")


def _upper() -> bool:
    meaning = "of a whole secret, the names of the other keys in capitals"
    return row("upper", parsers.parse_boolean, False, meaning, example="true")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFile:
    """What every file has, whatever makes it. `annotation` is where it was asked for, and no other file's."""

    annotation: str
    name: str = required("as", parse_name, "the file's name, if it differs from the annotation's", example=".pgpass")
    directory: str | None = row(
        "dir",
        parse_file_directory,
        None,
        "directory of this file; a separate mount, which hides what the image has there, unless `mount=file`",
        example="/home/app",
    )
    mount: Mounting = row(
        "mount",
        parsers.parse_mounting,
        "directory",
        "`directory`: the directory is mounted; `file`: this file alone, beside what the image has there; see below",
        example="file",
    )
    mode: int | None = row(
        "mode",
        parsers.parse_mode,
        None,
        "its permissions; default: depends on the application's user, see below",
        example="0440",
    )
    containers: tuple[str, ...] | None = row(
        "containers",
        parsers.parse_names,
        None,
        "containers that get this file; also init containers and native sidecars that start after omamori's",
        example="app,worker",
    )
    optional: bool = row("optional", parsers.parse_boolean, False, _OPTIONAL, example="true")
    allows_short_lease: bool = row("allow-short-lease", parsers.parse_boolean, False, _SHORT_LEASE, example="true")
    vault: str | None = row(
        "vault", parsers.parse_vault, None, "the Vault that has it, by its name; default: the Pod's", example="eu-west"
    )
    role: str | None = row(
        "role", parsers.parse_role, None, "the Vault role that reads it; default: the Pod's", example="shop.audit"
    )

    @property
    def is_single(self) -> bool:
        """Whether this file alone is mounted, and not its directory."""
        return self.mount == "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSpec(PlacedFile):
    """One secret, or one key of it, as a file. `data` makes it a write."""

    source: SecretRef
    format: Format = required("format", parsers.parse_format, "the file's format; see below", example="json")
    data: tuple[tuple[str, str], ...] = ()
    decode: Decoding = row(
        "decode", parsers.parse_decoding, "", "the value is base64; the file gets the decoded bytes", example="base64"
    )
    keys: tuple[str, ...] = _keys()
    renames: tuple[tuple[str, str], ...] = _renames()
    prefix: str = _prefix()
    password: SecretRef | None = row(
        "password",
        part_parsers.parse_password,
        None,
        "where the password of a key store is: another secret, or the same",
        example="secret/data/shop/store#password",
    )
    section: str | None = row(
        "section",
        part_parsers.parse_section,
        None,
        "of a whole secret as `ini`, the section of what is no map; default: `default`",
        example="shop",
    )
    upper: bool = _upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSpec(PlacedFile):
    """A file that a Go template makes: `text`, or what the Pod's volume `volume` has at `path`, and then no text.

    `missing_key` is what a field gives that a map does not have: an error, or `<no value>` by "default".
    """

    text: str = ""
    volume: str = ""
    path: str = ""
    missing_key: MissingKey = "error"
    delimiters: tuple[str, str] = row(
        "delimiters",
        parsers.parse_delimiters,
        ("[[", "]]"),
        "what is around the template's actions; default: `[[ ]]`",
        example="{{ }}",
    )
    optional: bool = row(
        "optional",
        parsers.parse_boolean,
        False,
        "if Vault reports a path as missing, leave the file out instead of failing the Pod",
        example="true",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSpec(PlacedFile):
    """A file with a Vault token for the application, from a login of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDirectory(PlacedFile):
    """A directory whose files only the agent knows, by an agent configuration; the name stands for all of them."""

    name: str = "*"


@dataclass(frozen=True, slots=True)
class EnvSpec:
    """One secret, or one key of it, as an environment variable; `annotation` and `data` are as for a file."""

    annotation: str
    source: SecretRef
    name: str = required(
        "as",
        parsers.parse_variable_name,
        "the variable's name, if it differs from the annotation's: two containers may get one name from two secrets",
        example="DB_PASSWORD",
    )
    format: VariableFormat = required(
        "format",
        parsers.parse_variable_format,
        "`raw`: the value as it is; `json`: the value, or the whole secret, as JSON",
        example="json",
    )
    data: tuple[tuple[str, str], ...] = ()
    containers: tuple[str, ...] | None = row(
        "containers",
        parsers.parse_names,
        None,
        "containers that get this variable; also init containers and native sidecars that start after omamori's",
        example="app,worker",
    )
    decode: Decoding = row(
        "decode",
        parsers.parse_decoding,
        "",
        "the value is base64; the variable gets the decoded bytes",
        example="base64",
    )
    encode: Encoding = row(
        "encode",
        parsers.parse_encoding,
        "",
        "the bytes, after `decode`, are encoded as base64: for values that an env file cannot hold",
        example="base64",
    )
    optional: bool = row("optional", parsers.parse_boolean, False, _OPTIONAL, example="true")
    allows_short_lease: bool = row("allow-short-lease", parsers.parse_boolean, False, _SHORT_LEASE, example="true")
    vault: str | None = row(
        "vault", parsers.parse_vault, None, "the Vault that has it, by its name; default: the Pod's", example="eu-west"
    )
    role: str | None = row(
        "role", parsers.parse_role, None, "the Vault role that reads it; default: the Pod's", example="shop.audit"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvFromSpec:
    """Every key of a secret, or of a map within it, as an environment variable; the names are the secret's."""

    annotation: str
    source: SecretRef
    data: tuple[tuple[str, str], ...] = ()
    keys: tuple[str, ...] = _keys()
    renames: tuple[tuple[str, str], ...] = _renames()
    prefix: str = _prefix()
    upper: bool = _upper()
    containers: tuple[str, ...] | None = row(
        "containers",
        parsers.parse_names,
        None,
        "containers that get these variables; also init containers and native sidecars that start after omamori's",
        example="app,worker",
    )
    optional: bool = row("optional", parsers.parse_boolean, False, _OPTIONAL, example="true")
    allows_short_lease: bool = row("allow-short-lease", parsers.parse_boolean, False, _SHORT_LEASE, example="true")
    vault: str | None = row(
        "vault", parsers.parse_vault, None, "the Vault that has it, by its name; default: the Pod's", example="eu-west"
    )
    role: str | None = row(
        "role", parsers.parse_role, None, "the Vault role that reads it; default: the Pod's", example="shop.audit"
    )


VariablesSpec = EnvSpec | EnvFromSpec
