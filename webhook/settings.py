"""Rule: everything the administrator decides, as one immutable value read from environment variables.

Every variable begins with `OMAMORI_`; docs/operations.md lists them. A Vault named `eu-west` has its own variables,
`OMAMORI_VAULT_EU_WEST_ADDRESS` and so on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

from vault.contract import AUTH_KINDS
from webhook.environ import PREFIX, Variables
from webhook.quantity import parse_quantity
from webhook.roles import RolePattern, parse_role_pattern

MAX_CA_BYTES = 16 * 1024
DEFAULT_AUDIENCE = "vault"
DEFAULT_DIRECTORY = "/vault/secrets"
DEFAULT_ROLE_PATTERN = RolePattern("{namespace}.{service_account}")
DENIED_NAMESPACES = ("kube-system", "kube-public", "kube-node-lease")

EnvFiles = Literal["verify", "require", "assume", "never"]

_VAULT_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class ConfigMapKey:
    """A key of a ConfigMap in the Pod's own namespace."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class VaultSettings:
    """One Vault. At most one of `ca_pem`, `ca_config_map` and `ca_directory` is given.

    `pod_namespaces` are the Kubernetes namespaces that may use it, empty for all that may use omamori.
    """

    name: str
    address: str
    auth_kind: str = "kubernetes"
    auth_mount: str = "kubernetes"
    audience: str = DEFAULT_AUDIENCE
    namespace: str = ""
    ca_pem: str = ""
    ca_config_map: ConfigMapKey | None = None
    ca_directory: str = ""
    tls_server_name: str = ""
    role_pattern: RolePattern = DEFAULT_ROLE_PATTERN
    pod_namespaces: tuple[str, ...] = ()
    insecure: bool = False


@dataclass(frozen=True, slots=True)
class InjectorSettings:
    """The container that is added to Pods. Quantities are Kubernetes'.

    `unset_user` leaves its user to the platform, as OpenShift's security context constraints want it.
    """

    image: str
    pull_policy: str = "IfNotPresent"
    cpu_request: str = "20m"
    cpu_limit: str = "500m"
    memory_request: str = "32Mi"
    memory_limit: str = "64Mi"
    storage_request: str = ""
    storage_limit: str = ""
    deadline_seconds: int = 300
    token_seconds: int = 600
    unset_user: bool = False


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How the webhook listens, ends and logs. With a client CA, callers of /mutate must show a certificate of it."""

    certificate_file: str
    key_file: str
    host: str = "0.0.0.0"  # noqa: S104 - a server in a Pod listens on the Pod's address
    port: int = 8443
    log_level: str = "info"
    client_ca_file: str = ""
    drain_seconds: int = 15


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """All settings of the decision, made once and equal to themselves alone. `vaults` has at least one, by name.

    `env_files` is how it is known that a Pod's kubelet reads EnvFiles (KEP-3721): each Pod tries it; only nodes with a
    label are used; it is assumed; or they are not used. `allow_restart`: Pods may restart all containers on a change.
    """

    vaults: Mapping[str, VaultSettings]
    default_vault: str
    injector: InjectorSettings
    directory: str = DEFAULT_DIRECTORY
    allowed_namespaces: tuple[str, ...] = ()
    denied_namespaces: tuple[str, ...] = DENIED_NAMESPACES
    tool_containers: tuple[str, ...] = ()
    env_files: EnvFiles = "verify"
    allow_restart: bool = False


def from_environ(environ: Mapping[str, str]) -> tuple[Settings, ServerSettings]:
    """Read all settings. Raises SettingsInvalid with every mistake at once."""
    variables = Variables(environ)
    names = variables.names("VAULTS")
    vaults = {name: _vault(variables, name) for name in names if _is_vault_name(variables, name)}
    if not names:
        variables.note(
            "VAULTS", f"is missing; name your Vaults, the default one first, for example {PREFIX}VAULTS=main"
        )
    _check_audiences(variables, vaults)
    settings = Settings(
        vaults=vaults,
        default_vault=names[0] if names else "",
        injector=_injector(variables),
        directory=variables.parsed("DIRECTORY", _parse_absolute, DEFAULT_DIRECTORY),
        allowed_namespaces=variables.names("ALLOWED_NAMESPACES"),
        denied_namespaces=variables.names("DENIED_NAMESPACES", DENIED_NAMESPACES),
        tool_containers=variables.names("TOOL_CONTAINERS"),
        env_files=variables.choice("ENV_FILES", get_args(EnvFiles)),
        allow_restart=variables.boolean("ALLOW_RESTART"),
    )
    server = ServerSettings(
        certificate_file=variables.required("TLS_CERTIFICATE_FILE", "/tls/tls.crt"),
        key_file=variables.required("TLS_KEY_FILE", "/tls/tls.key"),
        host=variables.text("LISTEN_HOST", "0.0.0.0"),  # noqa: S104 - as above
        port=variables.number("LISTEN_PORT", 8443, most=65535),
        client_ca_file=variables.text("TLS_CLIENT_CA_FILE"),
        drain_seconds=variables.number("DRAIN_SECONDS", 15, most=300),
        log_level=variables.choice("LOG_LEVEL", ("info", "debug", "warning", "error")),
    )
    variables.finish()
    return settings, server


def _is_vault_name(variables: Variables, name: str) -> bool:
    if _VAULT_NAME.fullmatch(name):
        return True
    variables.note("VAULTS", f"has {name!r}; a Vault's name has lower-case letters, digits and '-'")
    return False


def _vault(variables: Variables, name: str) -> VaultSettings:
    prefix = f"VAULT_{name.upper().replace('-', '_')}_"
    insecure = variables.boolean(f"{prefix}INSECURE_HTTP")
    address = variables.required(f"{prefix}ADDRESS", "https://vault.example.com:8200")
    if address:
        _check_address(variables, f"{prefix}ADDRESS", address, insecure=insecure)
    auth_kind = variables.choice(f"{prefix}AUTH_KIND", AUTH_KINDS)
    vault = VaultSettings(
        name=name,
        address=address.rstrip("/"),
        auth_kind=auth_kind,
        auth_mount=variables.text(f"{prefix}AUTH_MOUNT", auth_kind).strip("/"),
        audience=variables.text(f"{prefix}AUDIENCE", DEFAULT_AUDIENCE),
        namespace=variables.text(f"{prefix}NAMESPACE").strip("/"),
        ca_pem=variables.file(f"{prefix}CA_FILE", most_bytes=MAX_CA_BYTES),
        ca_config_map=variables.parsed(f"{prefix}CA_CONFIG_MAP", _parse_config_map_key, None),
        ca_directory=variables.text(f"{prefix}CA_DIRECTORY"),
        tls_server_name=variables.text(f"{prefix}TLS_SERVER_NAME"),
        role_pattern=variables.parsed(f"{prefix}ROLE_PATTERN", parse_role_pattern, DEFAULT_ROLE_PATTERN),
        pod_namespaces=variables.names(f"{prefix}POD_NAMESPACES"),
        insecure=insecure,
    )
    if sum(map(bool, (vault.ca_pem, vault.ca_config_map, vault.ca_directory))) > 1:
        variables.note(f"{prefix}CA_FILE", "and _CA_CONFIG_MAP and _CA_DIRECTORY exclude each other: give one")
    if vault.ca_pem and "-----BEGIN CERTIFICATE-----" not in vault.ca_pem:
        variables.note(f"{prefix}CA_FILE", "names a file without a certificate in PEM")
    return vault


def _check_address(variables: Variables, name: str, address: str, *, insecure: bool) -> None:
    try:
        parts = urlsplit(address)
        usable = bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or parts.scheme not in {"https", "http"} or parts.path.strip("/") or parts.query or parts.username:
        variables.note(name, f"is {address!r}; write https://HOST:PORT without a path")
    elif parts.scheme == "http" and not insecure:
        variables.note(
            name,
            f"is {address!r}: without TLS anybody on the network reads the secrets; use https://, "
            f"or set {PREFIX}{name.removesuffix('ADDRESS')}INSECURE_HTTP=true",
        )


def _check_audiences(variables: Variables, vaults: Mapping[str, VaultSettings]) -> None:
    """A Vault that gets a token may use it at every Vault of the same audience."""
    one_domain = variables.boolean("ONE_TRUST_DOMAIN")
    audiences = [vault.audience for vault in vaults.values()]
    if len(set(audiences)) != len(audiences) and not one_domain:
        variables.note(
            "VAULTS",
            "names Vaults with the same audience, so that one could log in at the other as a Pod; give each an "
            f"_AUDIENCE of its own, or set {PREFIX}ONE_TRUST_DOMAIN=true",
        )


def _injector(variables: Variables) -> InjectorSettings:
    injector = InjectorSettings(
        image=variables.required("INJECTOR_IMAGE", "registry.example.com/omamori-injector:0.1.0"),
        pull_policy=variables.choice("INJECTOR_PULL_POLICY", ("IfNotPresent", "Always", "Never")),
        cpu_request=variables.quantity("INJECTOR_CPU_REQUEST", "20m"),
        cpu_limit=variables.quantity("INJECTOR_CPU_LIMIT", "500m"),
        memory_request=variables.quantity("INJECTOR_MEMORY_REQUEST", "32Mi"),
        memory_limit=variables.quantity("INJECTOR_MEMORY_LIMIT", "64Mi"),
        deadline_seconds=variables.number("INJECTOR_DEADLINE_SECONDS", 300, least=1, most=3600),
        token_seconds=variables.number("INJECTOR_TOKEN_SECONDS", 600, least=600, most=86400),
        unset_user=variables.boolean("INJECTOR_UNSET_USER"),
    )
    for resource in ("cpu", "memory"):
        if parse_quantity(getattr(injector, f"{resource}_request")) > parse_quantity(
            getattr(injector, f"{resource}_limit")
        ):
            variables.note(f"INJECTOR_{resource.upper()}_REQUEST", "is more than the limit")
    return injector


def _parse_config_map_key(text: str) -> ConfigMapKey | None:
    name, slash, key = text.partition("/")
    if not (name and slash and key):
        raise ValueError(f"is {text!r}; write NAME/KEY of a ConfigMap that each Pod's namespace has")
    return ConfigMapKey(name, key)


def _parse_absolute(text: str) -> str:
    if not text.startswith("/") or text.endswith("/") or ".." in text.split("/"):
        raise ValueError(f"is {text!r}; write an absolute path without '..'")
    return text
