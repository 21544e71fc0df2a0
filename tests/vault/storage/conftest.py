"""Fixtures of the tests on the table: AWS's APIs on loopback, and a client of them that is not ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.vault.support.aws import REGION, Aws, running_aws, running_moto
from vault.storage.client import Place, StorageClient

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SECRET_KEY = "canary-secret-access-key"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that any stand-in takes, and nothing of this machine's configuration."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere/config")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials")


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """Moto, once a run; each test has tables of its own."""
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


@pytest.fixture
def dynamodb(moto: str) -> DynamoDBClient:
    """boto3's client, of moto itself: what it finds is not by our own eyes."""
    client: DynamoDBClient = boto("dynamodb", moto)
    return client


@pytest.fixture
def kms_key(moto: str) -> str:
    """The ARN of a new key."""
    arn: str = boto("kms", moto).create_key()["KeyMetadata"]["Arn"]
    return arn


@pytest.fixture
def table(request: pytest.FixtureRequest) -> str:
    """A name that no other test uses."""
    return "".join(each if each.isalnum() else "-" for each in request.node.name)[:200]


def boto(service: Any, endpoint: str) -> Any:
    """A client of boto3's."""
    import boto3  # noqa: PLC0415 - half a second, and few tests need it

    return boto3.client(service, endpoint_url=endpoint, region_name=REGION)
