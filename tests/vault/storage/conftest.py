"""Fixtures of the tests on the table: AWS's APIs on loopback, and a client of them that is not ours."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from tests.vault.support.aws import REGION, Aws, running_aws, running_moto
from vault.storage.client import Place, StorageClient

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SECRET_KEY = "canary-secret-access-key"


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


@cache
def boto(service: Any, endpoint: str) -> Any:
    """A client of boto3's."""
    import boto3  # noqa: PLC0415 - half a second, and few tests need it

    return boto3.client(service, endpoint_url=endpoint, region_name=REGION)
