"""Settings of one Vault.

Addresses, header values, certificates and directories are parsed by the same functions as in the Pod, so that every
accepted value works there.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace

from vault.contract.errors import ReferenceInvalid
from vault.contract.origins import is_header_value, parse_origin
from vault.contract.plan import AUTH_KINDS
from vault.contract.references import SecretRef
from vault.contract.shown import quoted
from webhook.config.environ import PREFIX, Variables
from webhook.config.parsers import Choice, certificates_of_file, parse_boolean, parse_labels
from webhook.config.role_template import RolePattern, parse_role_pattern
from webhook.config.rows import required, row

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


def _parse_address(text: str) -> str:
    origin = parse_origin(text)
    if origin is not None and not _is_host(origin.host):
        origin = None
    rest = text.partition("://")[2]
    if origin is None or rest.partition("/")[2].strip("/") or "?" in rest or "#" in rest:
        raise ValueError(
            f"is {quoted(text)}; write https://HOST:PORT without a path and without a final dot, "
            "https in lower-case ASCII"
        )
    return text.rstrip("/")


def parse_auth_mount(text: str) -> str:
    """Parse the path of an auth method, without `auth/`."""
    mount = text.strip("/")
    if mount.startswith(("auth/", "v1/")) or mount.endswith("/login"):
        raise ValueError(f"is {quoted(text)}; write it without auth/ and /login, for example kubernetes")
    return _checked_path(text, mount)


def parse_namespace(text: str) -> str:
    """Parse a namespace of Vault; "" is its root."""
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
        raise ValueError(f"is {quoted(text)}; write the audience of Vault's roles, for example vault")
    return text


def _parse_host(text: str) -> str:
    if text and (parse_origin(f"https://{text}") is None or ":" in text or not _is_host(text)):
        raise ValueError(f"is {quoted(text)}; write the host name in Vault's certificate, without a '.' at its end")
    return text


def _is_host(host: str) -> bool:
    """Whether it is a host name or an address. A final '.' would never match the certificate, which has none."""
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


@dataclass(frozen=True, slots=True)
class VaultSettings:
    """One Vault. At most one of `ca_pem`, `ca_config_map` and `ca_directory` is set.

    `pod_namespaces` are the Kubernetes namespaces that may use it, empty for all that may use omamori. Values of the
    chart are those of `vaults.NAME`.
    """

    name: str
    address: str = required(
        "ADDRESS",
        _parse_address,
        "`https://HOST:PORT`, as Pods reach it",
        example="https://vault.example.com:8200",
        chart="address",
    )
    insecure: bool = row(
        "INSECURE_HTTP",
        parse_boolean,
        False,
        "allows an `http://` address: anybody on the network then reads the secrets",
        chart="insecureHttp",
    )
    auth_kind: str = row(
        "AUTH_KIND",
        Choice(AUTH_KINDS),
        "kubernetes",
        "`kubernetes` (Vault asks the API server) or `jwt` (Vault checks the signature)",
        chart="authKind",
    )
    auth_mount: str = row(
        "AUTH_MOUNT",
        parse_auth_mount,
        "",
        "path of the auth method: `kubernetes` for `auth/kubernetes`",
        unset="the auth kind",
        chart="authMount",
    )
    audience: str = row(
        "AUDIENCE",
        _parse_audience,
        DEFAULT_AUDIENCE,
        "audience of the Pods' tokens; the role must have the same, and each Vault a different one",
        chart="audience",
    )
    vault_k8s_audience: str = row(
        "VAULTK8S_AUDIENCE",
        _parse_audience,
        "",
        "audience for Pods with the annotations of vault-k8s: the API server's, if their roles have none; Vault then "
        "holds tokens for the API server (SECURITY.md)",
        unset="the audience",
        chart="vaultK8sAudience",
    )
    allows_app_role: bool = row(
        "VAULTK8S_APPROLE",
        parse_boolean,
        False,
        "lets Pods with the annotations of vault-k8s log in by AppRole: with what is in a Secret, whoever's Pod it is "
        "(SECURITY.md)",
        chart="vaultK8sAppRole",
    )
    role_pattern: RolePattern = row(
        "ROLE_PATTERN",
        parse_role_pattern,
        DEFAULT_ROLE_PATTERN,
        "the role of a Pod that names none; must give each ServiceAccount a different role",
        chart="rolePattern",
    )
    namespace: str = row("NAMESPACE", parse_namespace, "", "Vault's namespace", chart="namespace")
    ca_pem: str = row(
        "CA_FILE",
        certificates_of_file(MAX_CA_BYTES),
        "",
        f"a CA in PEM that the webhook reads at start and puts into each Plan, up to {MAX_CA_BYTES >> 10} KiB",
        chart="ca",
    )
    ca_config_map: ConfigMapKey | None = row(
        "CA_CONFIG_MAP",
        _parse_config_map_key,
        None,
        "`NAME/KEY` of a ConfigMap with the CA, in each Pod's namespace",
        chart="caConfigMap",
    )
    ca_directory: str = row(
        "CA_DIRECTORY",
        _parse_absolute,
        "",
        "a hashed directory of certificates in the agent image",
        unset="the image's",
        chart="caDirectory",
    )
    tls_server_name: str = row(
        "TLS_SERVER_NAME",
        _parse_host,
        "",
        "the name that Vault's certificate must have",
        unset="the host",
        chart="tlsServerName",
    )
    pod_namespaces: tuple[str, ...] = row(
        "POD_NAMESPACES",
        parse_labels,
        (),
        "Kubernetes namespaces that may use this Vault",
        unset="all",
        chart="podNamespaces",
    )


def read_vault(variables: Variables, name: str) -> VaultSettings:
    """Read the variables of one Vault; mistakes are added to `variables`."""
    prefix = f"VAULT_{name.upper().replace('-', '_')}_"
    vault = variables.read(VaultSettings, prefix, name=name)
    if vault.address.startswith("http://") and not vault.insecure:
        variables.note(
            f"{prefix}ADDRESS",
            f"is {quoted(vault.address)}: without TLS anybody on the network reads the secrets; use https://, "
            f"or set {PREFIX}{prefix}INSECURE_HTTP=true",
        )
    if sum(map(bool, (vault.ca_pem, vault.ca_config_map, vault.ca_directory))) > 1:
        variables.note(f"{prefix}CA_FILE", "and _CA_CONFIG_MAP and _CA_DIRECTORY exclude each other: give one")
    return replace(vault, auth_mount=vault.auth_mount or vault.auth_kind)
