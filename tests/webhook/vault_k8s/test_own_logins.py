"""From the Pod to its files, with a login of its own: by AppRole, a wrapped secret id, and a client certificate.

As for the cases of vault-k8s itself, the webhook decides, and the program runs with the Plan of the patch. The Secrets
are folders here, for the places that the Plan has.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from tests.support.vault.server import VaultServer, issue
from tests.support.webhook.builders import pod
from tests.support.webhook.vault_k8s import Ran, admitted, mounted, named, our_container, plan_in, run_plan, theirs
from webhook.config.settings import Settings

MAP = {"/vault/secrets/db": ("password: p w\nusername: shop\n", "0644")}
ASKED = {"agent_inject": "true", "agent_inject_secret_db": "kv1/shop/db", "agent_pre_populate_only": "true"}
APP_ROLE = {
    "auth_type": "approle",
    "auth_path": "auth/g-approle",
    "agent_extra_secret": "ids",
    "auth_config_role_id_file_path": "/vault/custom/role-id",
    "auth_config_secret_id_file_path": "/vault/custom/secret-id",
}
MADE_BY = "auth/g-approle/role/shop/secret-id"
CERT = {
    "auth_type": "cert",
    "auth_path": "auth/g-cert",
    "tls_secret": "client",
    "client_cert": "/vault/tls/tls.crt",
    "client_key": "/vault/tls/tls.key",
}


def _settings(server: VaultServer) -> Settings:
    return theirs(VAULT_MAIN_ADDRESS=server.address, VAULT_MAIN_VAULTK8S_AUTH_METHODS="approle,cert")


def _run(server: VaultServer, folder: Path, annotations: dict[str, str], secrets: dict[str, Path]) -> Ran:
    """Run a Pod's program; `secrets` are the folders for the directories of our container."""
    new, _ = admitted(pod(named(**ASKED, **annotations)), _settings(server))
    places = {each["mountPath"] for each in our_container(new)["volumeMounts"]}
    assert set(secrets) <= places
    plan = plan_in(new)
    (session,) = plan.sessions
    moved = {}
    for name, value in session.items():
        for place, secret in secrets.items():
            if name.endswith("_file") and value.startswith(f"{place}/"):
                moved[name] = str(secret / value.removeprefix(f"{place}/"))
    assert moved
    ran = run_plan(plan.replace(sessions=(session.replace(**moved),)), server, folder)
    assert ran.finished.code == 0, ran.finished.stderr
    assert ran.files(mounted(new, "app")) == MAP
    return ran


@pytest.fixture
def ids(vault_server: VaultServer, tmp_path: Path) -> Path:
    """The folder of a role id; each test adds the secret id."""
    client = vault_server.client
    if "g-approle/" not in (client.read("sys/auth") or {}):
        client.write("sys/auth/g-approle", {"type": "approle"})
    client.write("auth/g-approle/role/shop", {"token_policies": ["shop"], "token_ttl": "5m"})
    folder = tmp_path / "ids"
    folder.mkdir()
    (folder / "role-id").write_text(client.read_there("auth/g-approle/role/shop/role-id")["role_id"])
    return folder


def test_app_role(vault_server: VaultServer, ids: Path, tmp_path: Path) -> None:
    """By a role id and a secret id of the extra Secret."""
    (ids / "secret-id").write_text(vault_server.client.write(MADE_BY, {})["data"]["secret_id"])
    _run(vault_server, tmp_path, APP_ROLE, {"/vault/custom": ids})


def test_wrapped_secret_id(vault_server: VaultServer, ids: Path, tmp_path: Path) -> None:
    """By a secret id that is wrapped by the path of the annotation."""
    wrapped = vault_server.call("POST", MADE_BY, {}, wrap="60s").json()["wrap_info"]["token"]
    (ids / "secret-id").write_text(f"{wrapped}\n")
    wrapping = {"auth_config_secret_id_response_wrapping_path": MADE_BY}
    _run(vault_server, tmp_path, {**APP_ROLE, **wrapping}, {"/vault/custom": ids})


@pytest.mark.parametrize("role", [{}, {"auth_config_name": "shop"}])
def test_client_certificate(vault_server: VaultServer, tmp_path: Path, role: dict[str, str]) -> None:
    """By a certificate of the TLS Secret, as the named role or any that takes it."""
    clients = trustme.CA()
    if "g-cert/" not in (vault_server.client.read("sys/auth") or {}):
        vault_server.client.write("sys/auth/g-cert", {"type": "cert"})
    certificate = {"certificate": clients.cert_pem.bytes().decode(), "token_policies": ["shop"], "token_ttl": "5m"}
    vault_server.client.write("auth/g-cert/certs/shop", certificate)
    folder = tmp_path / "client"
    folder.mkdir()
    issue(clients, folder, "checkout.shop", common_name="checkout.shop")
    _run(vault_server, tmp_path, {**CERT, **role}, {"/vault/tls": folder})
