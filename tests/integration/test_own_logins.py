"""The logins that a Pod of vault-k8s brings, with Vault's own methods: AWS IAM (STS is moto), AppRole, certificates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tests.realparts.aws import aws
from tests.support.canary import Canary
from tests.support.vault.awsmethod import ROLE_ARN, running_sts
from tests.support.vault.program import Finished, run_program
from tests.support.vault.server import hashed, issue
from vault.contract.plan import AwsLogin, Output, Plan, Read, Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.realparts.sandbox import Sandbox
    from tests.support.vault.server import TlsFiles, VaultServer

pytestmark = pytest.mark.real

SERVER_ID = "vault.example.com"
DB = "secret/data/shop/db"


def _run(session: Session, directory: Path) -> Finished:
    output = Output(directory=str(directory), name="db", mode="0400", format="json")
    return run_program(Plan(sessions=(session,), reads=(Read(path=DB),), outputs=(output,), deadline_seconds=20))


@pytest.fixture(scope="module")
def moto(box: Sandbox, server: VaultServer) -> Iterator[str]:
    """AWS, with Vault's method set up to ask it."""
    with aws(box) as running:
        write = server.client.write
        write("sys/auth/aws", {"type": "aws"})
        asked = {"sts_endpoint": running.endpoint, "sts_region": "us-east-1"}
        write("auth/aws/config/client", {**asked, "iam_server_id_header_value": SERVER_ID})
        role = {"auth_type": "iam", "bound_iam_principal_arn": ROLE_ARN, "resolve_aws_unique_ids": False}
        write("auth/aws/role/shop", {**role, "token_policies": ["shop"], "token_ttl": "5m"})
        yield running.endpoint


@pytest.mark.parametrize(
    ("role", "server_id", "says"),
    [
        ("shop", SERVER_ID, ""),
        ("shop", "", "iam_server_id_header_value"),
        ("shop", "other.example.com", "iam_server_id_header_value"),
        ("other", SERVER_ID, "bound_iam_principal_arn"),
    ],
)
def test_aws(
    server: VaultServer,
    moto: str,
    trusted_tls: TlsFiles,
    tmp_path: Path,
    directory: Path,
    role: str,
    server_id: str,
    says: str,
) -> None:
    """Vault asks AWS by what it was given, and takes the role that it names, with the header that is signed."""
    token = Canary.plain()
    (tmp_path / "token").write_text(token.value)
    with running_sts(trusted_tls, moto) as sts:
        proof = AwsLogin(
            role_arn=ROLE_ARN.replace("shop", role),
            token_file=str(tmp_path / "token"),
            sts_address=sts.address,
            sts_ca_directory=str(hashed(server.ca_pem, tmp_path / "certs")),
            identity_host="sts.amazonaws.com",
            region="us-east-1",
            server_id=server_id,
        )
        finished = _run(
            server.session(auth_kind="aws", auth_mount="aws", role="shop", token_file="/none", aws=proof), directory
        )
    assert finished.code == (12 if says else 0), finished.stderr
    assert token.value.encode() not in finished.stderr
    if says:
        assert says in finished.last["hint"]
    else:
        assert json.loads((directory / "db").read_bytes()) == {"username": "shop", "password": "p w"}


def test_client_certificate(server: VaultServer, tmp_path: Path, directory: Path) -> None:
    """Vault takes the certificate of TLS, by the role that has its authority; another one it refuses."""
    clients = trustme.CA()
    server.client.write("sys/auth/cert", {"type": "cert"})
    role = {"certificate": clients.cert_pem.bytes().decode(), "token_policies": ["shop"], "token_ttl": "5m"}
    server.client.write("auth/cert/certs/shop", role)
    files: Any = {"client_certificate_file": str(tmp_path / "tls.crt"), "client_key_file": str(tmp_path / "tls.key")}
    session = server.session(auth_kind="cert", auth_mount="cert", role="cert", token_file="/none", **files)
    for authority, code in ((clients, 0), (trustme.CA(), 12)):
        issue(authority, tmp_path, "checkout.shop", common_name="checkout.shop")
        finished = _run(session, directory)
        assert finished.code == code, finished.stderr


def test_wrapped_secret_id(server: VaultServer, tmp_path: Path, directory: Path) -> None:
    """Vault gives the secret id once; the second time it is said that it may have been taken."""
    made_by = "auth/approle/role/shop/secret-id"
    server.client.write("sys/auth/approle", {"type": "approle"})
    server.client.write("auth/approle/role/shop", {"token_policies": ["shop"], "token_ttl": "5m"})
    (tmp_path / "role-id").write_text(server.client.read_there("auth/approle/role/shop/role-id")["role_id"])
    wrapped = server.call("POST", made_by, {}, wrap="60s").json()["wrap_info"]["token"]
    (tmp_path / "secret-id").write_text(wrapped)
    session = server.session(
        auth_kind="approle",
        auth_mount="approle",
        role="approle",
        token_file="/none",
        role_id_file=str(tmp_path / "role-id"),
        secret_id_file=str(tmp_path / "secret-id"),
        secret_id_wrapping_path=made_by,
    )
    assert _run(session, directory).code == 0
    again = _run(session, directory)
    assert (again.code, again.last["status"]) == (12, 400)
    assert "somebody has taken the secret id" in again.last["hint"]
