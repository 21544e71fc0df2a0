"""How a command gets to Vault: by a login in the place of a token, and with the TLS that Vault's own variables say."""

from __future__ import annotations

import os
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest
import trustme

from tests.support.canary import Canary
from tests.support.vault.proxy import running_proxy
from tests.support.vault.server import TlsFiles, VaultServer, hashed, issue
from tests.webhook.test_commands import OMAMORI
from vault.cli.logins import Login, parse_login
from vault.client import VaultClient
from vault.contract.errors import PathRefused

DB = "secret/data/shop/db"
LINE = f'env.omamori.dev/PASSWORD: "{DB}#password"'


def _run(server: VaultServer, *options: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Ask for the variables of a secret, without the machine's own settings of Vault."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("VAULT_", "BAO_"))}
    usual = {"VAULT_ADDR": server.address, "VAULT_CACERT": str(server.ca_file), "HOME": str(server.folder)}
    return subprocess.run(
        [OMAMORI, "env-names", DB, *map(str, options)],
        env={**kept, **usual, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def jwt_file(vault_server: VaultServer, tmp_path: Path) -> Path:
    """The token of the ServiceAccount shop/checkout."""
    file = tmp_path / "jwt"
    file.write_text(vault_server.jwt())
    return file


def test_by_a_jwt(vault_server: VaultServer, jwt_file: Path) -> None:
    """The token that the login gives is revoked at the end: no accessor is left."""
    before = vault_server.client.list("auth/token/accessors")
    ended = _run(vault_server, "--auth", "jwt:shop.service", "--jwt-file", jwt_file)

    assert ended.returncode == 0, ended.stderr
    assert LINE in ended.stdout
    assert sorted(vault_server.client.list("auth/token/accessors")) == sorted(before)


def test_a_vault_that_is_gone_at_the_end(vault_server: VaultServer, jwt_file: Path) -> None:
    """That the token cannot be revoked is no error of the command, whose work is done."""
    client = VaultClient(vault_server.address, "", vault_server.ca_file)
    client.login("jwt", {"role": "shop.service", "jwt": jwt_file.read_text()})
    assert client.read("auth/token/lookup-self")
    client.revoke()
    with pytest.raises(PathRefused):
        client.read("auth/token/lookup-self")
    VaultClient("https://127.0.0.1:1", "t", vault_server.ca_file).revoke()


def test_by_an_app_role(vault_server: VaultServer, tmp_path: Path) -> None:
    """With a role's id and a secret id from a file, or from standard input."""
    client = vault_server.client
    client.write("sys/auth/t-cli", {"type": "approle"})
    client.write("auth/t-cli/role/shop", {"token_policies": "shop", "bind_secret_id": True})
    role_id = (client.read("auth/t-cli/role/shop/role-id") or {})["role_id"]
    secret_id = client.write("auth/t-cli/role/shop/secret-id", {})["data"]["secret_id"]
    file = tmp_path / "secret-id"
    file.write_text(f"{secret_id}\n")

    ended = _run(vault_server, "--auth", f"approle@t-cli:{role_id}", "--secret-id-file", file)
    assert ended.returncode == 0, ended.stderr
    file.write_text(wrong := Canary.plain().value)
    refused = _run(vault_server, "--auth", f"approle@t-cli:{role_id}", "--secret-id-file", file)
    assert refused.returncode == 1
    assert "the login at auth/t-cli/login is refused" in refused.stderr
    assert wrong not in refused.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--auth", "jwt:shop.service"), "--jwt-file is missing"),
        (("--auth", "jwt:shop.service", "--jwt-file", "/nowhere"), "--jwt-file /nowhere"),
        (("--auth", "kubernetes:shop.service", "--jwt-file", "/dev/null"), "is empty"),
        (("--auth", "ldap:someone"), "for other methods log in by `vault login`"),
        (("--auth", "jwt"), "must be kubernetes:ROLE"),
        (("--auth", "approle:x"), "the login at auth/approle/login is refused"),
        (("--auth", "jwt:a", "--vault-token-file", "/dev/null"), "--vault-token-file and --auth exclude each other"),
        (("--jwt-file", "/dev/null"), "--jwt-file needs --auth kubernetes:ROLE or --auth jwt:ROLE"),
        (("--auth", "approle:x", "--jwt-file", "/dev/null"), "--jwt-file needs --auth"),
        (("--secret-id-file", "/dev/null"), "--secret-id-file needs --auth approle:ROLE_ID"),
        (("--auth", "jwt:a", "--secret-id-file", "/dev/null"), "--secret-id-file needs --auth approle:ROLE_ID"),
    ],
)
def test_wrong_calls(vault_server: VaultServer, options: tuple[str, ...], says: str) -> None:
    """Each says what to write."""
    ended = _run(vault_server, *options)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert says in ended.stderr


@pytest.mark.parametrize(
    ("text", "login"),
    [
        ("kubernetes:shop", Login("kubernetes", "kubernetes", "shop")),
        ("jwt@ci/github:a:b", Login("jwt", "ci/github", "a:b")),
        ("approle@x:1-2", Login("approle", "x", "1-2")),
    ],
)
def test_logins(text: str, login: Login) -> None:
    """Method, mount and role."""
    assert parse_login(text) == login


@pytest.mark.parametrize("text", ["", "jwt:", ":a", "jwt@:a", "oidc:a", "jwt@auth/x:a"])
def test_no_logins(text: str) -> None:
    """What is none is refused with what to write."""
    with pytest.raises(ValueError, match="kubernetes:ROLE"):
        parse_login(text)


def test_variables_of_openbao(vault_server: VaultServer) -> None:
    """BAO_ADDR and so on do what VAULT_ADDR does, and VAULT_ADDR wins."""
    more = {
        "BAO_ADDR": vault_server.address,
        "BAO_CACERT": str(vault_server.ca_file),
        "BAO_TOKEN": vault_server.root_token,
    }
    ended = _run(vault_server, **more, VAULT_ADDR="", VAULT_CACERT="")
    assert (ended.returncode, LINE in ended.stdout) == (0, True), ended.stderr
    both = _run(vault_server, BAO_ADDR="https://127.0.0.1:1", BAO_TOKEN=vault_server.root_token)
    assert both.returncode == 0, both.stderr


def test_a_directory_of_cas(vault_server: VaultServer, tmp_path: Path) -> None:
    """VAULT_CAPATH, hashed as OpenSSL wants it; one that is none is named."""
    token = {"VAULT_TOKEN": vault_server.root_token, "VAULT_CACERT": ""}
    folder = hashed(vault_server.ca_pem, tmp_path / "cas")
    ended = _run(vault_server, **token, VAULT_CAPATH=str(folder))
    assert ended.returncode == 0, ended.stderr
    ended = _run(vault_server, **token, VAULT_CAPATH="/nowhere")
    assert "the CA directory /nowhere" in ended.stderr
    assert "VAULT_CAPATH" in ended.stderr


def test_the_name_in_the_certificate(vault_server: VaultServer, tmp_path: Path) -> None:
    """VAULT_TLS_SERVER_NAME is asked for, and has to be there."""
    authority = trustme.CA()
    ca_file = tmp_path / "other-ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    token = {"VAULT_TOKEN": vault_server.root_token, "VAULT_CACERT": str(ca_file)}
    with running_proxy(issue(authority, tmp_path, "vault.internal"), vault_server) as proxy:
        there = {**token, "VAULT_ADDR": proxy.address}
        ended = _run(vault_server, **there, VAULT_TLS_SERVER_NAME="vault.internal")
        assert ended.returncode == 0, ended.stderr
        for more in ({}, {"VAULT_TLS_SERVER_NAME": "other.internal"}):
            refused = _run(vault_server, **there, **more)
            assert refused.returncode == 1
            assert "certificate" in refused.stderr


def test_verification_is_skipped_loudly(vault_server: VaultServer) -> None:
    """VAULT_SKIP_VERIFY works, and is said each time."""
    token = {"VAULT_TOKEN": vault_server.root_token, "VAULT_CACERT": ""}
    assert _run(vault_server, **token).returncode == 1
    ended = _run(vault_server, **token, VAULT_SKIP_VERIFY="true")
    assert ended.returncode == 0, ended.stderr
    assert "whoever answers in its place gets the token" in ended.stderr
    assert _run(vault_server, **token, VAULT_SKIP_VERIFY="false").returncode == 1


def test_a_client_certificate(vault_server: VaultServer, tmp_path: Path) -> None:
    """VAULT_CLIENT_CERT and VAULT_CLIENT_KEY are shown to a server that wants them; what they are not is said."""
    clients = trustme.CA()
    shown = issue(clients, tmp_path, "operator.example.com")
    token = {"VAULT_TOKEN": vault_server.root_token}
    pair = {"VAULT_CLIENT_CERT": str(shown.certificate), "VAULT_CLIENT_KEY": str(shown.key)}
    with _asking_for_certificates(vault_server, clients, tmp_path) as address:
        ended = _run(vault_server, **token, **pair, VAULT_ADDR=address)
        assert ended.returncode == 0, ended.stderr
        assert _run(vault_server, **token, VAULT_ADDR=address).returncode == 1
    ended = _run(vault_server, **token, VAULT_CLIENT_CERT=str(vault_server.ca_file))
    assert "cannot be used: they are no certificate and its key in PEM" in ended.stderr


class _Asking(TlsFiles):
    """What a server needs that shakes hands with the clients of one authority alone."""

    clients: ClassVar[trustme.CA]

    def server_context(self) -> ssl.SSLContext:
        """The usual one, which verifies clients."""
        context = super().server_context()
        self.clients.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
        return context


@contextmanager
def _asking_for_certificates(server: VaultServer, clients: trustme.CA, folder: Path) -> Iterator[str]:
    """Run a server in front of Vault that shakes hands with these clients alone; gives its address."""
    own = folder / "asking"
    own.mkdir()
    tls = issue(server.authority, own, "127.0.0.1")
    _Asking.clients = clients
    with running_proxy(_Asking(tls.certificate, tls.key), server) as proxy:
        yield proxy.address


def test_what_is_not_followed_is_named(vault_server: VaultServer) -> None:
    """Variables of Vault's own command that omamori does not know."""
    ended = _run(vault_server, VAULT_TOKEN=vault_server.root_token, VAULT_WRAP_TTL="5m", BAO_HEADERS="x")
    assert ended.returncode == 0
    assert "BAO_HEADERS, VAULT_WRAP_TTL are set, and omamori does not follow them" in ended.stderr
