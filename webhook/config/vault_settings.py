"""Settings of one Vault."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vault.contract.plan import AUTH_KINDS, OWN_AUTH_KINDS
from vault.contract.shown import quoted
from webhook.config.environ import PREFIX, Variables
from webhook.config.parsers import Choice, Choices, certificates_of_file, parse_boolean, parse_labels
from webhook.config.patterns import (
    NO_NAMESPACE,
    NamespacePattern,
    RolePattern,
    parse_namespace_pattern,
    parse_role_pattern,
)
from webhook.config.row import required, row
from webhook.config.vault_parsers import (
    ObjectKey,
    parse_absolute,
    parse_address,
    parse_audience,
    parse_auth_mount,
    parse_config_map_key,
    parse_host,
    parse_object_name,
    parse_proxy,
    parse_secret_key,
    parse_sts_address,
)

MAX_CA_BYTES = 16 * 1024
DEFAULT_AUDIENCE = "vault"
DEFAULT_ROLE_PATTERN = RolePattern("{namespace}.{service_account}")


@dataclass(frozen=True, slots=True)
class VaultSettings:
    """One Vault. At most one of `ca_pem`, `ca_config_map`, `ca_secret` and `ca_directory` is set.

    `pod_namespaces` are the Kubernetes namespaces that may use it, empty for all that may use omamori. Values of the
    chart are those of `vaults.NAME`.
    """

    name: str
    address: str = required(
        "ADDRESS",
        parse_address,
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
        parse_audience,
        DEFAULT_AUDIENCE,
        "audience of the Pods' tokens; the role must have the same, and each Vault a different one",
        chart="audience",
    )
    vault_k8s_audience: str = row(
        "VAULTK8S_AUDIENCE",
        parse_audience,
        "",
        "audience for Pods with the annotations of vault-k8s: the API server's, if their roles have none; Vault then "
        "holds tokens for the API server (SECURITY.md)",
        unset="the audience",
        chart="vaultK8sAudience",
    )
    vault_k8s_auth_methods: tuple[str, ...] = row(
        "VAULTK8S_AUTH_METHODS",
        Choices(OWN_AUTH_KINDS),
        (),
        "other auth methods that Pods with the annotations of vault-k8s may log in by: `approle` and `cert`, with what "
        "is in a Secret, whoever's Pod it is; `aws`, with the Pod's IAM role (SECURITY.md)",
        unset="none",
        chart="vaultK8sAuthMethods",
    )
    aws_sts_address: str = row(
        "AWS_STS_ADDRESS",
        parse_sts_address,
        "",
        "`https://HOST:PORT` of AWS STS, where Pods that log in by `aws` assume their IAM role",
        unset="AWS's own, in the region of the Pod",
        chart="awsStsAddress",
    )
    aws_sts_ca_directory: str = row(
        "AWS_STS_CA_DIRECTORY",
        parse_absolute,
        "",
        "a hashed directory of certificates in the agent image, for AWS STS",
        unset="the image's",
        chart="awsStsCaDirectory",
    )
    role_pattern: RolePattern = row(
        "ROLE_PATTERN",
        parse_role_pattern,
        DEFAULT_ROLE_PATTERN,
        "the role of a Pod that names none; must give each ServiceAccount a different role",
        chart="rolePattern",
    )
    namespace: NamespacePattern = row(
        "NAMESPACE",
        parse_namespace_pattern,
        NO_NAMESPACE,
        "Vault's namespace; `{namespace}` in it is the Kubernetes namespace of the Pod: `teams/{namespace}`",
        unset="its root",
        chart="namespace",
    )
    ca_pem: str = row(
        "CA_FILE",
        certificates_of_file(MAX_CA_BYTES),
        "",
        f"a CA in PEM that the webhook reads at start and puts into each Plan, up to {MAX_CA_BYTES >> 10} KiB",
        chart="ca",
    )
    ca_config_map: ObjectKey | None = row(
        "CA_CONFIG_MAP",
        parse_config_map_key,
        None,
        "`NAME/KEY` of a ConfigMap with the CA, in each Pod's namespace",
        chart="caConfigMap",
    )
    ca_secret: ObjectKey | None = row(
        "CA_SECRET",
        parse_secret_key,
        None,
        "`NAME/KEY` of a Secret with the CA, in each Pod's namespace",
        chart="caSecret",
    )
    ca_directory: str = row(
        "CA_DIRECTORY",
        parse_absolute,
        "",
        "a hashed directory of certificates in the agent image",
        unset="the image's",
        chart="caDirectory",
    )
    tls_server_name: str = row(
        "TLS_SERVER_NAME",
        parse_host,
        "",
        "the name that Vault's certificate must have",
        unset="the host",
        chart="tlsServerName",
    )
    client_secret: str = row(
        "CLIENT_SECRET",
        parse_object_name,
        "",
        "name of a Secret of the type `kubernetes.io/tls`, in each Pod's namespace: the certificate that Pods show to "
        "this Vault",
        unset="none",
        chart="clientSecret",
    )
    proxy: str = row(
        "PROXY",
        parse_proxy,
        "",
        "`http://HOST:PORT` of a proxy by which Pods reach this Vault (HTTP CONNECT); variables of Pods such as "
        "`HTTPS_PROXY` are never used",
        unset="none",
        chart="proxy",
    )
    proxy_secret: str = row(
        "PROXY_SECRET",
        parse_object_name,
        "",
        "name of a Secret of the type `kubernetes.io/basic-auth`, in each Pod's namespace: user and password for the "
        "proxy",
        unset="none",
        chart="proxySecret",
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
    if sum(map(bool, (vault.ca_pem, vault.ca_config_map, vault.ca_secret, vault.ca_directory))) > 1:
        what = "and _CA_CONFIG_MAP, _CA_SECRET and _CA_DIRECTORY exclude each other: give one"
        variables.note(f"{prefix}CA_FILE", what)
    if vault.proxy_secret and not vault.proxy:
        variables.note(f"{prefix}PROXY_SECRET", "is for a proxy, and there is no _PROXY")
    return replace(vault, auth_mount=vault.auth_mount or vault.auth_kind)
