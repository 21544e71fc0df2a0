"""The values that annotations may have, where they are more than a text or a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Format = Literal[
    "raw",
    "json",
    "yaml",
    "toml",
    "env",
    "dotenv",
    "properties",
    "ini",
    "map",
    "pem-bundle",
    "fullchain",
    "pkcs12",
    "jks",
    "dockerconfigjson",
]
VariableFormat = Literal["raw", "json"]
Delivery = Literal["kubelet", "exec", "auto"]
Mode = Literal["init", "sidecar"]
Encoding = Literal["", "base64"]
Decoding = Literal["", "base64", "base64url"]
MissingKey = Literal["error", "default"]
Mounting = Literal["directory", "file"]


class VaultRole(NamedTuple):
    """Which Vault a secret is in, and as which role it is read. None, in both: as the administrator's settings say."""

    vault: str | None = None
    role: str | None = None


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


@dataclass(frozen=True, slots=True)
class AwsRole:
    """The IAM role of AWS that a Pod has, each "" where it is not known yet, and for whom it is proved.

    The role's token is the file `path` in the Pod's volume `volume`; `sts_region` is where the role is assumed.
    `region` is for the proof, and so is `server_id`, "" for none.
    """

    role_arn: str
    volume: str
    path: str
    sts_region: str
    region: str
    server_id: str


@dataclass(frozen=True, slots=True)
class Login:
    """What an author says of our login, each None where it is left to the settings of the Vault.

    `auth_mount` and `namespace` are taken; `address` chooses a configured Vault; `auth_kind` and `tls_server_name` have
    to be that Vault's. `has_foreign_role`: the role was made for another tool. The other fields are those of a Plan's
    Session, paths in our container; the auth methods that they are for, the administrator has to allow.
    """

    auth_kind: str | None = None
    auth_mount: str | None = None
    namespace: str | None = None
    address: str | None = None
    tls_server_name: str | None = None
    has_foreign_role: bool = False
    role_id_file: str = ""
    secret_id_file: str = ""
    secret_id_wrapping_path: str = ""
    client_certificate_file: str = ""
    client_key_file: str = ""
    certificate_role: str = ""
    aws: AwsRole | None = None


@dataclass(frozen=True, slots=True)
class AgentContainer:
    """What an author says of our container: the user and group that it runs as, None where they are ours to choose.

    `raises_limits`: stated resources that are too small are raised to what the files need, in place of a refusal.
    `pod_fields` are variables that templates read, each with the field of the Pod that is in it; `variables` are the
    author's own, each with its value. `probe_times` are fields of our startup probe, in the place of ours.
    `extra_secret` and `tls_secret` are Secrets of the Pod's namespace that our container mounts, "" for none.
    """

    user: int | None = None
    group: int | None = None
    raises_limits: bool = False
    pod_fields: tuple[tuple[str, str], ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    probe_times: tuple[tuple[str, int], ...] = ()
    extra_secret: str = ""
    tls_secret: str = ""


@dataclass(frozen=True, slots=True)
class AgentConfiguration:
    """An agent configuration, as vault agent has it, that the author keeps in a ConfigMap: only the agent reads it.

    `annotation` names the ConfigMap; `files` are the keys that are read, in their order (contract.Configuration).
    `sources` are mounts of one of the Pod's containers, where template files may be: the place, the volume, and the
    path in it; those that are not of ConfigMaps are left out.
    """

    annotation: str
    config_map: str
    files: tuple[str, ...]
    sources: tuple[tuple[str, str, str], ...] = ()


USUAL_LOGIN = Login()
USUAL_CONTAINER = AgentContainer()
