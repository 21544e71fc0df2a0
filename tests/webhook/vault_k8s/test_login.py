"""How a Pod of vault-k8s logs in: the author may say where at the administrator's Vaults, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.webhook.builders import decided, spec_of
from tests.support.webhook.builders import pod as any_pod
from tests.support.webhook.vault_k8s import DOMAIN, admitted, asking, named, plan_in, theirs
from webhook.admission.decision import Denied

TWO = {
    "VAULTS": "main,eu-west",
    "VAULT_EU_WEST_ADDRESS": "https://eu.example.com",
    "VAULT_EU_WEST_AUDIENCE": "eu",
    "VAULT_EU_WEST_AUTH_KIND": "jwt",
    "VAULT_EU_WEST_AUTH_MOUNT": "cluster-1",
    "VAULT_EU_WEST_NAMESPACE": "team",
    "VAULT_EU_WEST_TLS_SERVER_NAME": "vault.internal",
}


def _session(**annotations: str) -> Any:
    new, _ = admitted(asking(named(**annotations)), theirs(**TWO))
    return plan_in(new).sessions[0]


def _refused(**annotations: str) -> str:
    decision = decided(asking(named(**annotations)), theirs(**TWO))
    assert isinstance(decision, Denied), decision
    (problem,) = decision.problems
    return str(problem)


def test_by_default() -> None:
    """Without a word of it, the default Vault of the settings, its mount and its namespace."""
    session = _session()
    assert (session.vault, session.auth_kind, session.auth_mount) == ("main", "kubernetes", "kubernetes")
    assert (session.namespace, session.role) == ("", "shop")


@pytest.mark.parametrize("address", ["https://eu.example.com", "https://eu.example.com:443", "https://eu.example.com/"])
def test_service(address: str) -> None:
    """The address of a Vault of the settings chooses it, with all that the settings say of it."""
    session = _session(service=address, auth_type="jwt")
    assert (session.vault, session.address) == ("eu-west", "https://eu.example.com")
    assert (session.auth_kind, session.auth_mount, session.namespace) == ("jwt", "cluster-1", "team")


@pytest.mark.parametrize(
    "address",
    ["https://evil.example.com", "http://eu.example.com", "https://eu.example.com:8200", "http://127.0.0.1:8200"],
)
def test_another_address(address: str) -> None:
    """Any other address is refused: where Pods connect to is not for their authors to say."""
    problem = _refused(service=address)
    assert problem.startswith(f"{DOMAIN}/service: there is no Vault {address!r}")
    assert "eu-west (https://eu.example.com)" in problem


def test_mount_and_namespace() -> None:
    """Another mount and another namespace of the same Vault are taken."""
    session = _session(auth_path="auth/team/k8s/", namespace="/a/b/", service="https://eu.example.com")
    assert (session.auth_mount, session.namespace, session.auth_kind) == ("team/k8s", "a/b", "jwt")
    assert _session(auth_path="k8s").auth_mount == "k8s"
    assert _session(namespace="", service="https://eu.example.com").namespace == "team"


def test_auth_type() -> None:
    """The kind of login is the settings': the webhook's own parts depend on it."""
    assert _refused(auth_type="jwt") == f"{DOMAIN}/auth-type: is 'jwt'; the Vault main is set up for kubernetes"
    assert "omamori logs in by kubernetes, jwt, approle, cert, aws" in _refused(auth_type="userpass")


@pytest.mark.parametrize("kind", ["gcp", "azure", "alicloud", "oci", "cf", "kerberos", "ldap", "token_file"])
def test_other_methods(kind: str) -> None:
    """The other methods of vault agent are refused with the reason, and what to do instead."""
    problem = _refused(auth_type=kind)
    assert problem.startswith(f"{DOMAIN}/auth-type: is {kind}: ")
    assert problem.endswith("; log in with the Pod's ServiceAccount, by kubernetes or jwt")


@pytest.mark.parametrize("parameter", ["audience", "secret-id-file-path", "iss", "roles"])
def test_other_parameters(parameter: str) -> None:
    """A parameter of the login that omamori does not have is refused."""
    assert "omamori logs in with a role and a token of its own" in _refused(**{f"auth_config_{parameter}": "x"})


@pytest.mark.parametrize("parameter", ["token_path", "token-path", "path"])
def test_token_path(parameter: str) -> None:
    """Another token's path is passed over, with a warning: omamori's container has its own."""
    more = {f"{DOMAIN}/auth-config-{parameter}": "/var/run/secrets/token"}
    new, warnings = admitted(asking(more))
    assert [each.partition(": ")[0] for each in warnings] == list(more)
    assert plan_in(new).sessions[0].token_file == "/var/run/secrets/kubernetes.io/serviceaccount/token"


def test_role_of_both() -> None:
    """The role's own annotation stands above the parameter."""
    assert _session(auth_config_role="other").role == "shop"


def test_server_name() -> None:
    """The name in the certificate is the settings', or the host of the address."""
    assert (
        _session(tls_server_name="vault.internal", service="https://eu.example.com").tls_server_name == "vault.internal"
    )
    assert _session(tls_server_name="").tls_server_name == ""
    assert _refused(tls_server_name="evil.example.com").startswith(f"{DOMAIN}/tls-server-name: is 'evil.example.com'; ")


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        ("proxy-address", "http://proxy:3128"),
        ("tls-skip-verify", "true"),
    ],
)
def test_unsafe(annotation: str, value: str) -> None:
    """Who could read or change what goes to and fro is not for an author to choose."""
    assert _refused(**{annotation.replace("-", "_"): value}).startswith(f"{DOMAIN}/{annotation}: ")


def _audience(raw: dict[str, Any], **more: str) -> str:
    volumes = spec_of(raw, DIALECT_VAULTK8S="true", **{**TWO, **more})["/spec/volumes"]
    audience: str = volumes[0]["projected"]["sources"][0]["serviceAccountToken"]["audience"]
    return audience


def test_audience() -> None:
    """The administrator may name another audience for these Pods; it is not that of Pods with our annotations."""
    more = {"VAULT_MAIN_VAULTK8S_AUDIENCE": "https://kubernetes.default.svc"}
    ours = any_pod({"file.omamori.dev/db": "secret/data/shop/db#password"})
    assert (_audience(asking()), _audience(ours)) == ("vault", "vault")
    assert (_audience(asking(), **more), _audience(ours, **more)) == ("https://kubernetes.default.svc", "vault")
    assert _audience(asking(named(service="https://eu.example.com")), **more) == "eu"


def test_namespaces_of_the_settings() -> None:
    """Which namespaces may use omamori, and a Vault, is the settings' to say here as well."""
    for more in ({"DENIED_NAMESPACES": "shop"}, {"VAULT_MAIN_POD_NAMESPACES": "other"}):
        decision = decided(asking(named(service="https://vault.example.com:8200")), theirs(**more))
        assert isinstance(decision, Denied)
        assert decision.reason == "namespace"
