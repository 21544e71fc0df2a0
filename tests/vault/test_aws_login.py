"""The login by AWS IAM: the role is assumed at STS (moto, in TLS), and Vault gets a signed question, never the keys."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.support.canary import Canary
from tests.support.vault.aws import running_moto
from tests.support.vault.awsmethod import ROLE_ARN, AwsMethod, running_method, running_sts
from tests.support.vault.program import Finished, run_program
from tests.support.vault.proxy import CUT, Proxy, says_bytes
from tests.support.vault.server import TlsFiles, VaultServer
from tests.support.vault.sidecar import sidecar, sidecar_plan
from vault.contract.plan import AwsLogin, Output, Plan, Read, Session, Template

ERROR = "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """AWS, in plain HTTP."""
    with running_moto() as endpoint:
        yield endpoint


@pytest.fixture
def sts(moto: str, loopback_tls: TlsFiles) -> Iterator[Proxy]:
    """STS in TLS."""
    with running_sts(loopback_tls, moto) as running:
        yield running


@pytest.fixture
def method(moto: str, loopback_tls: TlsFiles, vault_server: VaultServer) -> Iterator[AwsMethod]:
    """A Vault with the method aws."""
    with running_method(loopback_tls, moto, vault_server) as running:
        yield running


@pytest.fixture
def token() -> str:
    """What the kubelet would bring for AWS."""
    return Canary.plain().value


@pytest.fixture
def session(
    vault_server: VaultServer, method: AwsMethod, sts: Proxy, hashed_directory: Path, tmp_path: Path, token: str
) -> Session:
    """A login by the role that the method takes."""
    (tmp_path / "aws-token").write_text(f"{token}\n")
    return vault_server.session(
        address=method.proxy.address,
        role="shop",
        auth_kind="aws",
        auth_mount="aws",
        token_file="/none",
        aws=AwsLogin(
            role_arn=ROLE_ARN,
            token_file=str(tmp_path / "aws-token"),
            sts_address=sts.address,
            sts_ca_directory=str(hashed_directory),
            identity_host="sts.eu-central-1.amazonaws.com",
            region="eu-central-1",
        ),
    )


def _with(session: Session, **fields: Any) -> Session:
    assert session.aws is not None
    return session.replace(aws=session.aws.replace(**fields))


def _run(session: Session, directory: Path, token: str, seconds: int = 20) -> Finished:
    """Run the program with the login; the token for AWS is in nothing that it says."""
    output = Output(directory=str(directory), name="db", mode="0400", format="json")
    reads = (Read(path="secret/data/shop/db"),)
    plan = Plan(sessions=(session,), reads=reads, outputs=(output,), deadline_seconds=seconds)
    finished = run_program(plan)
    assert token.encode() not in finished.stderr
    return finished


def test_it_reads(session: Session, method: AwsMethod, sts: Proxy, directory: Path, token: str) -> None:
    """The role is assumed with the Pod's token, and Vault gets what AWS answers the caller by, and no more."""
    finished = _run(session, directory, token)
    assert finished.code == 0, finished.stderr
    assert json.loads((directory / "db").read_bytes()) == {"username": "shop", "password": "p w"}

    (asked,) = [parse_qs(each.body.decode()) for each in sts.exchanges]
    assert asked == {
        "Action": ["AssumeRoleWithWebIdentity"],
        "Version": ["2011-06-15"],
        "RoleArn": [ROLE_ARN],
        "RoleSessionName": ["omamori"],
        "DurationSeconds": ["900"],
        "WebIdentityToken": [token],
    }
    (login,) = method.logins
    assert sorted(login) == [
        *("iam_http_request_method", "iam_request_body", "iam_request_headers", "iam_request_url"),
        "role",
    ]
    assert base64.b64decode(login["iam_request_url"]) == b"https://sts.eu-central-1.amazonaws.com/"
    assert base64.b64decode(login["iam_request_body"]) == b"Action=GetCallerIdentity&Version=2011-06-15"
    assert token not in json.dumps([base64.b64decode(each).decode("latin-1") for each in login.values() if "=" in each])


def test_server_id(session: Session, method: AwsMethod, directory: Path, token: str) -> None:
    """The header that ties it to one Vault is signed; without it such a Vault refuses."""
    method.server_id = "vault.example.com"
    finished = _run(session, directory, token)
    assert (finished.code, finished.last["reason"]) == (12, "login-refused")
    assert "X-Vault-AWS-IAM-Server-ID" in finished.last["message"]
    assert "auth-config-header-value" in finished.last["hint"]

    assert _run(_with(session, server_id="vault.example.com"), directory, token).code == 0


def test_another_role(session: Session, directory: Path, token: str) -> None:
    """Another IAM role is refused by Vault, and where to look is said."""
    finished = _run(_with(session, role_arn=f"{ROLE_ARN}-2"), directory, token)
    assert (finished.code, finished.last["status"]) == (12, 400)
    assert "bound_iam_principal_arn" in finished.last["hint"]


def test_refused_by_aws(session: Session, sts: Proxy, directory: Path, token: str) -> None:
    """What AWS refuses is not asked again, and its words come through without the token."""
    words = ERROR.format("AccessDenied", f"Not authorized to perform sts:AssumeRoleWithWebIdentity: {token}")
    sts.script.append(says_bytes(403, words.encode()))
    finished = _run(session, directory, token)
    assert (finished.code, finished.last["reason"]) == (12, "login-refused")
    assert f"does not give the role {ROLE_ARN}: HTTP 403 AccessDenied: Not authorized" in finished.last["message"]
    assert "trust policy" in finished.last["hint"]
    assert len(sts.exchanges) == 1


@pytest.mark.parametrize(
    "first",
    [
        says_bytes(500, b"<html>"),
        says_bytes(503, b""),
        says_bytes(200, b"<html>welcome</html>"),
        says_bytes(400, ERROR.format("IDPCommunicationError", "try again").encode()),
        says_bytes(400, ERROR.format("Throttling", "Rate exceeded").encode()),
        CUT,
    ],
)
def test_tried_again(session: Session, sts: Proxy, directory: Path, token: str, first: Any) -> None:
    """What may pass is tried again within the deadline."""
    sts.script.append(first)
    assert _run(session, directory, token).code == 0
    assert len(sts.exchanges) == 2


def test_unreachable(session: Session, directory: Path, token: str) -> None:
    """That STS is not there is told by its address, and not taken for Vault's."""
    finished = _run(_with(session, sts_address="https://127.0.0.1:1"), directory, token, seconds=1)
    assert (finished.code, finished.last["reason"]) == (10, "engine-failed")
    assert "AWS STS at https://127.0.0.1:1: no connection" in finished.last["message"]


def test_not_trusted(session: Session, sts: Proxy, directory: Path, token: str, tmp_path: Path) -> None:
    """Without a certificate that the settings trust, the token is not sent."""
    (tmp_path / "none").mkdir()
    finished = _run(_with(session, sts_ca_directory=str(tmp_path / "none")), directory, token, seconds=1)
    assert finished.code == 10
    assert "is not trusted" in finished.last["message"]
    assert sts.exchanges == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"role_arn": ""}, "the Pod has no IAM role of AWS"),
        ({"token_file": ""}, "the Pod has no IAM role of AWS"),
        ({"token_file": "/none/token"}, "the token for AWS cannot be read from /none/token"),
        ({"sts_address": "http://127.0.0.1:1"}, "the address of AWS STS cannot be used"),
    ],
)
def test_wrong_plans(session: Session, directory: Path, token: str, fields: dict[str, str], words: str) -> None:
    """What the Pod lacks is told with what gives it."""
    finished = _run(_with(session, **fields), directory, token)
    assert finished.code == 2
    assert finished.last["message"].startswith(words)


def test_sidecar(session: Session, method: AwsMethod, sts: Proxy, directory: Path) -> None:
    """Each login of a sidecar, also that for the application's token, is a new proof, by the token of then."""
    reads = (Read(path="secret/data/shop/db"), Read(path="auth/aws/login", login=True))
    with sidecar(sidecar_plan(session, directory, *reads)) as running:
        assert running.json("1")["token"]
    assert len(method.logins) == len(sts.exchanges) == 2


def test_templates_do_not_read_the_token(session: Session, directory: Path, token: str) -> None:
    """The token for AWS is omamori's own, to the function `file`."""
    assert session.aws is not None
    text = f'[[ file "{session.aws.token_file}" ]]'
    template = Template(directory=str(directory), name="db", mode="0400", text=text)
    finished = run_program(Plan(sessions=(session,), reads=(), templates=(template,), deadline_seconds=20))
    assert (finished.code, finished.last["reason"]) == (15, "template-failed")
    assert "omamori's own" in finished.last["message"]
    assert token.encode() not in finished.stderr
