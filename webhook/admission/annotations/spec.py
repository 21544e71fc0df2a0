"""Every annotation and every option, a row each, and what a Pod's author asks for by them.

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
from webhook.config.settings import DEFAULT_DIRECTORY, DEFAULT_ROLE_PATTERN

_OPTIONAL = "what Vault itself says to be missing, a path or key, leaves it out instead of stopping the Pod"
_SHORT_LEASE = "takes credentials that end with our login, minutes later; see mode"


@dataclass(frozen=True, slots=True)
class FileSpec:
    """One secret, or one key of it, as a file. `annotation` is where it was asked for; `data` makes it a write."""

    annotation: str
    source: SecretRef
    name: str = required("as", parse_name, "the file's name, where it is not the annotation's", example=".pgpass")
    format: Format = required("format", parsers.parse_format, "how it is written; see below", example="json")
    data: tuple[tuple[str, str], ...] = ()
    directory: str | None = row(
        "dir",
        parse_directory,
        None,
        "where this file goes; a mount of its own, which hides what the image has there",
        example="/home/app",
    )
    mode: int | None = row(
        "mode",
        parsers.parse_mode,
        None,
        "its permissions; without it, what the user of the application allows, see below",
        example="0440",
    )
    containers: tuple[str, ...] | None = row(
        "containers",
        parsers.parse_names,
        None,
        "who gets this file; init containers and native sidecars too, if they start after ours",
        example="app,worker",
    )
    decode: Encoding = row(
        "decode", parsers.parse_encoding, "", "the value is base64; its bytes go into the file", example="base64"
    )
    optional: bool = row("optional", parsers.parse_boolean, False, _OPTIONAL, example="true")
    allows_short_lease: bool = row("allow-short-lease", parsers.parse_boolean, False, _SHORT_LEASE, example="true")


@dataclass(frozen=True, slots=True)
class EnvSpec:
    """One secret, or one key of it, as an environment variable; `annotation` and `data` are as for a file."""

    annotation: str
    source: SecretRef
    name: str = required(
        "as",
        parsers.parse_variable_name,
        "the variable's name, where it is not the annotation's: two containers may get one name from two secrets",
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
        "who gets this variable; init containers and native sidecars too, if they start after ours",
        example="app,worker",
    )
    decode: Encoding = row(
        "decode", parsers.parse_encoding, "", "the value is base64; its bytes are the variable", example="base64"
    )
    encode: Encoding = row(
        "encode",
        parsers.parse_encoding,
        "",
        "the bytes, after `decode`, are written as base64: for what an env file cannot carry",
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
    role: str | None = row(
        "role",
        parsers.parse_role,
        None,
        f"the Vault role; without it, the administrator's pattern (`{DEFAULT_ROLE_PATTERN.text}`)",
        example="shop.checkout",
    )
    vault: str | None = row(
        "vault", parsers.parse_vault, None, "which Vault; without it, the administrator's first", example="eu-west"
    )
    containers: tuple[str, ...] | None = row(
        "containers",
        parsers.parse_names,
        None,
        "who gets files and variables; without it, `spec.containers` that no tool added",
        example="app,worker",
    )
    mode: Mode = row(
        "mode",
        parsers.parse_running,
        "init",
        "`init`: once, before the application; `sidecar`: the same, and then kept fresh; see below",
        example="sidecar",
    )
    on_change: OnChange | None = row(
        "on-change",
        parsers.parse_on_change,
        None,
        "what a sidecar does after a change, beside writing the files; without it, nothing; see below",
        example="signal=HUP process=nginx",
    )
    refresh_seconds: int | None = row(
        "refresh",
        parsers.parse_duration,
        None,
        "how often a sidecar looks for changes, about; without it, 60s",
        example="5m",
    )
    env_delivery: Delivery = row(
        "env-delivery",
        parsers.parse_delivery,
        "kubelet",
        "who sets variables: the kubelet, or a launcher in front of the command; see below",
        example="exec",
    )
    position: Position = row(
        "position",
        parsers.parse_position,
        Position(),
        "where our container stands among the init containers; without it, first",
        example="after:migrate",
    )
    run_as_user: int | None = row(
        "run-as-user",
        parsers.parse_user,
        None,
        "the user of the application's image, where the Pod does not say it: files are then its own, 0400",
        example="1000",
    )
    resources: tuple[tuple[str, str], ...] = row(
        "resources",
        parsers.parse_resources,
        (),
        "requests and limits of our container",
        example="cpu=50m memory=64Mi",
    )
    directory: str | None = row(
        "dir",
        parse_directory,
        None,
        f"where files go; without it, the administrator's choice (`{DEFAULT_DIRECTORY}`)",
        example="/srv/secrets",
    )
    warnings: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[FileSpec | EnvSpec, ...]:
        """Everything that is asked for."""
        return (*self.files, *self.variables)
