"""What a Pod's author asked for, parsed.

An InjectionSpec is parsed, so each of its values is well formed; whether this Pod can have it is decided by planning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vault.contract.references import SecretRef

Format = Literal["raw", "json", "yaml", "env", "dotenv", "properties", "map", "pem-bundle"]
VariableFormat = Literal["raw", "json"]
Delivery = Literal["kubelet", "exec"]
Mode = Literal["init", "sidecar"]


@dataclass(frozen=True, slots=True)
class FileSpec:
    """One secret, or one key of it, as a file. `annotation` is where it was asked for.

    `name` is relative and may have folders; `directory` None is the Pod's; `mode` None is what the identity allows;
    `containers` None are the Pod's default ones; `data` makes the call a write; `allows_short_lease` takes what ends
    with our login, minutes later.
    """

    annotation: str
    source: SecretRef
    name: str
    format: Format
    data: tuple[tuple[str, str], ...] = ()
    directory: str | None = None
    mode: int | None = None
    containers: tuple[str, ...] | None = None
    decode: Literal["", "base64"] = ""
    optional: bool = False
    allows_short_lease: bool = False


@dataclass(frozen=True, slots=True)
class EnvSpec:
    """One secret, or one key of it, as an environment variable. `annotation` is where it was asked for.

    `encode` is what is done to the value's bytes, after `decode` undid what they were; `containers` and `data` are as
    for a file.
    """

    annotation: str
    source: SecretRef
    name: str
    format: VariableFormat
    data: tuple[tuple[str, str], ...] = ()
    containers: tuple[str, ...] | None = None
    decode: Literal["", "base64"] = ""
    encode: Literal["", "base64"] = ""
    optional: bool = False
    allows_short_lease: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where our init container stands among the Pod's: first, last, or before or after `anchor`."""

    place: Literal["first", "last", "before", "after"] = "first"
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class OnChange:
    """What a sidecar does after a change: send `signal` to each process of a name, or restart all containers."""

    restart: bool = False
    signal: str = ""
    process: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class InjectionSpec:
    """All of it. None means that the author left the choice to the administrator's settings.

    `annotations` is what it was parsed from: where they are equal, so is all else. `env_delivery` says who sets the
    variables: the kubelet, or a launcher in front of the command. `resources` are Kubernetes quantities by name: cpu,
    memory, ephemeral-storage (requests), and the same with `-limit`.
    """

    annotations: tuple[tuple[str, str], ...]
    files: tuple[FileSpec, ...] = ()
    variables: tuple[EnvSpec, ...] = ()
    env_delivery: Delivery = "kubelet"
    mode: Mode = "init"
    on_change: OnChange | None = None
    refresh_seconds: int | None = None
    role: str | None = None
    vault: str | None = None
    containers: tuple[str, ...] | None = None
    directory: str | None = None
    position: Position = Position()
    run_as_user: int | None = None
    resources: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[FileSpec | EnvSpec, ...]:
        """Everything that is asked for."""
        return (*self.files, *self.variables)
