"""APIs of AWS by moto: DynamoDB with what DynamoDB Local lacks, KMS, IAM, STS, CloudWatch; what is in it goes with it.

It keeps data in memory, answers at once, and authorizes nothing of resources. KMS really encrypts and decrypts.
"""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

from tests.realparts.dynamodb import CREDENTIALS, REGION
from tests.realparts.requests import status_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_kms import KMSClient

    from tests.realparts.sandbox import Sandbox

ACCOUNT = "123456789012"  # moto's, whoever asks


@dataclass(frozen=True, slots=True)
class Aws:
    """A running moto; every service is at the one endpoint."""

    endpoint: str

    def session(self) -> boto3.Session:
        """Give a session with the credentials of the tests, whatever the environment says."""
        return boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )

    def client(self, service: str) -> Any:
        """Give a client of one service."""
        return self.session().client(service, endpoint_url=self.endpoint)  # type: ignore[call-overload]

    def make_key(self, alias: str) -> str:
        """Make a KMS key with an alias (`alias/NAME`), and give its ARN."""
        kms: KMSClient = self.client("kms")
        key = kms.create_key(Description="of the tests")["KeyMetadata"]
        kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
        return key["Arn"]


@contextlib.contextmanager
def aws(box: Sandbox, *, name: str = "aws", port: int | None = None) -> Iterator[Aws]:
    """Run moto in the sandbox: in its own network, where Pods reach it, or on the machine's loopback."""
    chosen = port or box.port(5000)
    endpoint = f"http://{box.address}:{chosen}"
    command = [sys.executable, "-m", "moto.server", "--host", box.listen, "--port", str(chosen)]
    with box.running(name, command) as process:
        process.wait_until(lambda: status_of(f"{endpoint}/moto-api/data.json"), 60, "moto answers")
        yield Aws(endpoint)
