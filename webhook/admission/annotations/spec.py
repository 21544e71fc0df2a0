"""Tables of all annotations and options, one row each, and the parsed request of a Pod's author.

A field that is a row says its name, its parser, what it means and an example: the parsers read by these rows, and the
tables of docs/annotations.md are made of them. What is parsed is well formed; whether this Pod can have it is for
planning to say. None means that the author left the choice to the administrator's settings.
"""

from __future__ import annotations

from dataclasses import dataclass

from vault.contract.references import SecretRef
from webhook.admission.annotations import parsers
from webhook.admission.annotations.values import (
    Delivery,
    Encoding,
    Format,
    Mode,
    OnChange,
    Position,
    VariableFormat,
)
from webhook.config.directories import parse_directory, parse_name
from webhook.config.rows import required, row
from webhook.config.settings import DEFAULT_DIRECTORY, DEFAULT_ROLE_PATTERN, Start

_OPTIONAL = "if Vault reports the path or key as missing, skip this secret instead of failing the Pod"
_SHORT_LEASE = "accepts credentials that expire with omamori's login, minutes later; see mode"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFile:
    """What every file has, whatever makes it. `annotation` is where it was asked for, and no other file's."""

    annotation: str
    name: str = required("as", parse_name, "the file's name, if it differs from the annotation's", example=".pgpass")
    directory: str | None = row(
        "dir",
        parse_directory,
        None,
        "directory of this file; a separate mount, which hides what the image has there",
        example="/home/app",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSpec(PlacedFile):
    """One secret, or one key of it, as a file. `data` makes it a write."""

    source: SecretRef
    format: Format = required("format", parsers.parse_format, "the file's format; see below", example="json")
    data: tuple[tuple[str, str], ...] = ()
    decode: Encoding = row(
        "decode", parsers.parse_encoding, "", "the value is base64; the file gets the decoded bytes", example="base64"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSpec(PlacedFile):
    """A file that a Go template makes: `text`, or what the Pod's volume `volume` has at `path`, and then no text."""

    text: str = ""
    volume: str = ""
    path: str = ""
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
    decode: Encoding = row(
        "decode",
        parsers.parse_encoding,
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


@dataclass(frozen=True, slots=True, eq=False)
class InjectionSpec:
    """All of it. `annotations` is what it was parsed from: where they are equal, so is all else."""

    annotations: tuple[tuple[str, str], ...]
    files: tuple[FileSpec, ...] = ()
    variables: tuple[EnvSpec, ...] = ()
    templates: tuple[TemplateSpec, ...] = ()
    tokens: tuple[TokenSpec, ...] = ()
    role: str | None = row(
        "role",
        parsers.parse_role,
        None,
        f"the Vault role; default: the administrator's pattern (`{DEFAULT_ROLE_PATTERN.text}`)",
        example="shop.checkout",
    )
    vault: str | None = row(
        "vault", parsers.parse_vault, None, "the Vault's name; default: the administrator's first", example="eu-west"
    )
    containers: tuple[str, ...] | None = row(
        "containers",
        parsers.parse_names,
        None,
        "containers that get files and variables; default: `spec.containers` that no tool added",
        example="app,worker",
    )
    mode: Mode = row(
        "mode",
        parsers.parse_running,
        "init",
        "`init`: fetch once, before the application; `sidecar`: also keep secrets fresh; see below",
        example="sidecar",
    )
    start: Start | None = row(
        "start",
        parsers.parse_start,
        None,
        "how mode `init` runs: `init`, an init container; `fast`, a native sidecar that stays and does nothing, behind "
        "which the application starts a second earlier; default: the administrator's choice (`init`); see below",
        example="fast",
    )
    on_change: OnChange | None = row(
        "on-change",
        parsers.parse_on_change,
        None,
        "what a sidecar does after a change, besides writing the files; default: nothing; see below",
        example="signal=HUP process=nginx",
    )
    refresh_seconds: int | None = row(
        "refresh",
        parsers.parse_duration,
        None,
        "approximate interval at which a sidecar checks for changes; default: 60s",
        example="5m",
    )
    env_delivery: Delivery = row(
        "env-delivery",
        parsers.parse_delivery,
        "kubelet",
        "what sets variables: the kubelet, or a launcher in front of the command; see below",
        example="exec",
    )
    position: Position = row(
        "position",
        parsers.parse_position,
        Position(),
        "position of omamori's container among the init containers; default: first",
        example="after:migrate",
    )
    run_as_user: int | None = row(
        "run-as-user",
        parsers.parse_user,
        None,
        "the user of the application's image, if the Pod does not set it: files then belong to it, with mode 0400",
        example="1000",
    )
    resources: tuple[tuple[str, str], ...] = row(
        "resources",
        parsers.parse_resources,
        (),
        "requests and limits of omamori's container",
        example="cpu=50m memory=64Mi",
    )
    directory: str | None = row(
        "dir",
        parse_directory,
        None,
        f"directory of the files; default: the administrator's choice (`{DEFAULT_DIRECTORY}`)",
        example="/srv/secrets",
    )
    warnings: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[FileSpec | EnvSpec, ...]:
        """What is asked for by its path in Vault."""
        return (*self.files, *self.variables)

    @property
    def placed(self) -> tuple[PlacedFile, ...]:
        """What becomes a file."""
        return (*self.files, *self.templates, *self.tokens)

    @property
    def asks(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.placed or self.variables)

    @property
    def template_volumes(self) -> frozenset[str]:
        """The Pod's volumes that templates are in."""
        return frozenset([each.volume for each in self.templates if each.volume])
