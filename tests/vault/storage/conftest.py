"""Fixtures of the tests on the table: AWS's APIs on loopback, and a client of them that is not ours."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.vault.aws import REGION, SECRET_KEY, Aws, Bootstrap, boto, running_aws, running_moto
from tests.vault.storage.faults import READS, Check, Ground
from vault.storage.client import Place, StorageClient
from vault.storage.model import Wanted
from vault.storage.table.bootstrap import bootstrap
from vault.storage.waiter import Waiter
from webhook.cli import main

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    "AWS_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nowhere/config",
    "AWS_SHARED_CREDENTIALS_FILE": "/nowhere/credentials",
}


@pytest.fixture(autouse=True, scope="package")
def _environment() -> Iterator[None]:
    """Credentials that any stand-in takes, and nothing of this machine's configuration."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="package")
def moto(_environment: None) -> Iterator[str]:
    """Moto, once for all tests; each has tables of its own."""
    with running_moto() as address:
        yield address


@pytest.fixture
def aws(moto: str) -> Iterator[Aws]:
    """A proxy before it that has seen nothing yet."""
    with running_aws(moto) as running:
        yield running


@pytest.fixture
def client(aws: Aws) -> StorageClient:
    """Our client, of the proxy."""
    return StorageClient(Place(region=REGION, endpoint_url=aws.endpoint))


@pytest.fixture(scope="package")
def maker(moto: str) -> StorageClient:
    """Our client, of moto itself: for tables that are there before a test begins."""
    return StorageClient(Place(region=REGION, endpoint_url=moto))


@pytest.fixture(scope="package")
def dynamodb(moto: str) -> DynamoDBClient:
    """boto3's client, of moto itself: what it finds is not by our own eyes."""
    client: DynamoDBClient = boto("dynamodb", moto)
    return client


@pytest.fixture(scope="package")
def kms_key(moto: str) -> str:
    """The ARN of a key."""
    arn: str = boto("kms", moto).create_key()["KeyMetadata"]["Arn"]
    return arn


@pytest.fixture
def table(request: pytest.FixtureRequest) -> str:
    """A name that no other test uses."""
    return "".join(each if each.isalnum() else "-" for each in request.node.name)[:200] + secrets.token_hex(3)


@pytest.fixture
def ground(aws: Aws, moto: str, maker: StorageClient, table: str, kms_key: str, tmp_path: Path) -> Ground:
    """A good table: made by bootstrap, with a lock that is held."""
    made = bootstrap(maker, Wanted(table, kms_key_arn=kms_key), Waiter(tell=lambda _: None))
    assert made.left == ()
    ground = Ground(aws, moto, table, tmp_path)
    ground.lock(12)
    return ground


@pytest.fixture
def run_check(aws: Aws, table: str, capsys: pytest.CaptureFixture[str]) -> Check:
    """Run the command, and give its exit code and what it finds; no secret is said, and nothing is written."""

    def run_command(*arguments: str) -> tuple[int, list[dict[str, str]]]:
        capsys.readouterr()
        aws.calls.clear()
        code = main(["storage", "check", "--table", table, "--endpoint-url", aws.endpoint, "-o", "json", *arguments])
        output, errors = capsys.readouterr()
        assert SECRET_KEY not in output + errors
        assert aws.writes == []
        assert set(aws.calls) <= READS
        return code, json.loads(output)["findings"]

    return run_command


@pytest.fixture
def run_bootstrap(aws: Aws, table: str, capsys: pytest.CaptureFixture[str]) -> Bootstrap:
    """Run the command, and give its exit code and all that it says."""

    def run_command(*arguments: str) -> tuple[int, str]:
        code = main(["storage", "bootstrap", "--table", table, "--endpoint-url", aws.endpoint, *arguments])
        said = "".join(capsys.readouterr())
        assert SECRET_KEY not in said
        return code, said

    return run_command
