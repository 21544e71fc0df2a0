"""Vault as an operator sets it up: an auth method, secrets, policies, and a role for each ServiceAccount."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.canary import Canary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.realparts.cluster import Cluster
    from tests.realparts.vault import VaultServer

AUDIENCE = "vault"

# one secret in each engine, and one whose path is full of what the kubelet would expand
ODD_PATH = "odd-$$-$(HOME)-$(X"
SECRETS = {
    "mail": ("secret/data/shop/mail", "password"),
    "db": ("secret/data/shop/db", "password"),
    "legacy": ("plain/shop/legacy", "token"),
    "odd": (f"secret/data/shop/{ODD_PATH}", "password"),
}

SHOP_POLICY = """\
path "secret/data/shop/*" { capabilities = ["read"] }
path "plain/shop/*" { capabilities = ["read"] }
"""

REVIEWER = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "vault-reviewer"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:auth-delegator"},
    "subjects": [{"kind": "ServiceAccount", "name": "vault", "namespace": "default"}],
}


def prepare_vault(nodes: Cluster, server: VaultServer) -> Mapping[str, Canary]:
    """Let Vault trust the cluster's tokens and write the secrets; gives the canaries by their secrets' names."""
    nodes.kubectl("create", "serviceaccount", "vault")
    nodes.apply(REVIEWER)
    trust_cluster(nodes, server)
    admin = server.admin
    admin.write("sys/mounts/secret", type="kv", options={"version": "2"})
    admin.write("sys/mounts/plain", type="kv", options={"version": "1"})
    admin.write("sys/policies/acl/shop", policy=SHOP_POLICY)
    canaries = {name: Canary.random() for name in SECRETS}
    for name, (path, key) in SECRETS.items():
        values = {"username": "shop", key: canaries[name].value}
        admin.write(path, {"data": values} if path.startswith("secret/") else values)
    return canaries


def trust_cluster(nodes: Cluster, server: VaultServer) -> None:
    """Let Vault ask the cluster about ServiceAccount tokens; the reviewer's account is there."""
    server.admin.write("sys/auth/kubernetes", type="kubernetes")
    server.admin.write(
        "auth/kubernetes/config",
        kubernetes_host=nodes.url,
        kubernetes_ca_cert=nodes.ca.read_text(),
        token_reviewer_jwt=nodes.kubectl("create", "token", "vault").strip(),
    )


def write_role(
    server: VaultServer,
    namespace: str,
    account: str,
    *,
    policy: str = "shop",
    audience: str = AUDIENCE,
    **fields: str,
) -> None:
    """Let one ServiceAccount log in, under the name that omamori's default pattern gives its role."""
    server.admin.write(
        f"auth/kubernetes/role/{namespace}.{account}",
        {"token_type": "batch", "token_ttl": "10m", **fields},
        bound_service_account_names=account,
        bound_service_account_namespaces=namespace,
        audience=audience,
        token_policies=policy,
    )
