"""One Vault, as the administrator's variables describe it.

What is taken here, every Pod can use: addresses, header values, certificates and directories are parsed by the same
functions that the program in the Pod asks.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from vault.contract.errors import ReferenceInvalid
from vault.contract.origins import is_header_value, parse_origin
from vault.contract.plan import AUTH_KINDS
from vault.contract.references import SecretRef
from vault.contract.shown import quoted
from webhook.config.environ import PREFIX, Variables
from webhook.config.role_template import RolePattern, parse_role_pattern

MAX_CA_BYTES = 16 * 1024
DEFAULT_AUDIENCE = "vault"
DEFAULT_ROLE_PATTERN = RolePattern("{namespace}.{service_account}")

_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_CONFIG_MAP = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
_KEY = re.compile(r"(?!\.\.)(?!\.$)[-._a-zA-Z0-9]{1,253}")
_HOST = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?)*"
)
_MOUNT = re.compile(r"[\w.-]+(/[\w.-]+)*", re.ASCII)


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


def read_vault(variables: Variables, name: str) -> VaultSettings:
    """Read the variables of one Vault; mistakes are noted with them."""
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
        auth_mount=variables.parsed(f"{prefix}AUTH_MOUNT", _parse_auth_mount, auth_kind),
        audience=variables.parsed(f"{prefix}AUDIENCE", _parse_audience, DEFAULT_AUDIENCE),
        namespace=variables.parsed(f"{prefix}NAMESPACE", _parse_namespace, ""),
        ca_pem=variables.certificates(f"{prefix}CA_FILE", most_bytes=MAX_CA_BYTES),
        ca_config_map=variables.parsed(f"{prefix}CA_CONFIG_MAP", _parse_config_map_key, None),
        ca_directory=variables.parsed(f"{prefix}CA_DIRECTORY", _parse_absolute, ""),
        tls_server_name=variables.parsed(f"{prefix}TLS_SERVER_NAME", _parse_host, ""),
        role_pattern=variables.parsed(f"{prefix}ROLE_PATTERN", parse_role_pattern, DEFAULT_ROLE_PATTERN),
        pod_namespaces=variables.names(f"{prefix}POD_NAMESPACES"),
        insecure=insecure,
    )
    if sum(map(bool, (vault.ca_pem, vault.ca_config_map, vault.ca_directory))) > 1:
        variables.note(f"{prefix}CA_FILE", "and _CA_CONFIG_MAP and _CA_DIRECTORY exclude each other: give one")
    return vault


def _check_address(variables: Variables, name: str, address: str, *, insecure: bool) -> None:
    origin = parse_origin(address)
    if origin is not None and not _is_host(origin.host):
        origin = None
    rest = address.partition("://")[2]
    if origin is None or rest.partition("/")[2].strip("/") or "?" in rest or "#" in rest:
        variables.note(
            name,
            f"is {quoted(address)}; write https://HOST:PORT without a path and without a final dot, "
            "https in lower-case ASCII",
        )
    elif origin.scheme == "http" and not insecure:
        variables.note(
            name,
            f"is {quoted(address)}: without TLS anybody on the network reads the secrets; use https://, "
            f"or set {PREFIX}{name.removesuffix('ADDRESS')}INSECURE_HTTP=true",
        )


def _parse_auth_mount(text: str) -> str:
    mount = text.strip("/")
    if mount.startswith(("auth/", "v1/")) or mount.endswith("/login"):
        raise ValueError(f"is {quoted(text)}; write it without auth/ and /login, for example kubernetes")
    return _checked_path(text, mount)


def _parse_namespace(text: str) -> str:
    namespace = text.strip("/")
    if namespace and not is_header_value(namespace):
        raise ValueError(f"is {quoted(text)}; a namespace is the value of an HTTP header: printable ASCII")
    return _checked_path(text, namespace) if namespace else ""


def _checked_path(text: str, path: str) -> str:
    try:
        SecretRef(path=path)
    except ReferenceInvalid as error:
        raise ValueError(f"is {quoted(text)}: {error}") from None
    if not _MOUNT.fullmatch(path):
        raise ValueError(f"is {quoted(text)}; its segments have letters, digits, '_', '-' and '.'")
    return path


def _parse_audience(text: str) -> str:
    if not text or not is_header_value(text) or " " in text:
        raise ValueError(f"is {quoted(text)}; write what Vault's roles have as their audience, for example vault")
    return text


def _parse_host(text: str) -> str:
    if text and (parse_origin(f"https://{text}") is None or ":" in text or not _is_host(text)):
        raise ValueError(f"is {quoted(text)}; write the host name in Vault's certificate, without a '.' at its end")
    return text


def _is_host(host: str) -> bool:
    """Whether it is a name or an address. A '.' at its end would be compared with the certificate, which has none."""
    if ":" in host or host.rpartition(".")[2].isdigit():
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return True
    return _HOST.fullmatch(host) is not None


def _parse_config_map_key(text: str) -> ConfigMapKey | None:
    if not text:
        return None
    name, _, key = text.partition("/")
    if not (_CONFIG_MAP.fullmatch(name) and _KEY.fullmatch(key)):
        raise ValueError(f"is {quoted(text)}; write NAME/KEY of a ConfigMap that each Pod's namespace has")
    return ConfigMapKey(name, key)


def _parse_absolute(text: str) -> str:
    if text and (not text.startswith("/") or not text.strip("/") or ".." in text.split("/") or not text.isprintable()):
        raise ValueError(f"is {quoted(text)}; write an absolute path without '..'")
    return text.rstrip("/")
