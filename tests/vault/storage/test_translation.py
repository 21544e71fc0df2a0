"""Each error of botocore's is one of ours, has a hint, and repeats no credential."""

from __future__ import annotations

import inspect
import re
import string
from typing import Any

import boto3.exceptions
import botocore.exceptions
import pytest
from botocore.parsers import ResponseParserError

from tests.support.vault.aws import REGION, SECRET_KEY, Aws, says
from vault.storage import errors as ours
from vault.storage.aws_errors import translate
from vault.storage.client import ERRORS, Place, StorageClient
from vault.storage.rows import Lock
from vault.storage.table.snapshot import read_snapshot

CANARY = "s3cr3t-of-a-credential-process"
KINDS = {
    each
    for each in vars(ours).values()
    if inspect.isclass(each) and issubclass(each, ours.StorageFailure) and each is not ours.StorageFailure
}


def _classes() -> list[type[Exception]]:
    """All exceptions of botocore, and those of boto3; warnings are not raised."""
    found = {
        each
        for module in (botocore.exceptions, boto3.exceptions)
        for each in vars(module).values()
        if inspect.isclass(each) and issubclass(each, Exception) and not issubclass(each, Warning)
    }
    assert len(found) > 90
    return sorted({*found, ResponseParserError}, key=lambda each: each.__name__)


def _made(kind: type[Exception]) -> Exception:
    """One of a kind, with a secret in whatever its text takes."""
    if issubclass(kind, botocore.exceptions.ClientError):
        return client_error("Odd")
    parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
    needed = [
        each.name for each in parameters if each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD
    ]
    text = getattr(kind, "fmt", None) or ""
    if any(each.kind is each.VAR_KEYWORD for each in parameters):
        needed += [name for _, name, _, _ in string.Formatter().parse(text) if name]
    return kind(**dict.fromkeys(needed, CANARY)) if needed or text else kind(CANARY)


def client_error(code: str, status: int = 400) -> botocore.exceptions.ClientError:
    """An answer that is an error, as botocore raises it."""
    answer = {"Error": {"Code": code, "Message": "words"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return botocore.exceptions.ClientError(answer, "Scan")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", _classes(), ids=lambda kind: kind.__name__)
def test_every_error_of_botocore_is_one_of_ours(kind: type[Exception]) -> None:
    """No class of the library comes through, and nothing of what it was told."""
    error = _made(kind)

    assert isinstance(error, ERRORS)
    failure = translate(error, "dynamodb")

    assert type(failure) in KINDS
    assert failure.hint
    assert CANARY not in f"{failure.message} {failure.hint}"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("NoCredentialsError", ours.NotSignedIn),
        ("SSOTokenLoadError", ours.NotSignedIn),
        ("NoRegionError", ours.SetupInvalid),
        ("ProfileNotFound", ours.SetupInvalid),
        ("SSLError", ours.AwsUnreachable),
        ("EndpointConnectionError", ours.AwsUnreachable),
        ("ReadTimeoutError", ours.AwsUnreachable),
    ],
)
def test_an_error_is_sorted_by_whose_fault_it_is(kind: str, expected: type[ours.StorageFailure]) -> None:
    """Credentials, configuration, the way: each has its own hint."""
    assert type(translate(_made(getattr(botocore.exceptions, kind)), "dynamodb")) is expected


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (botocore.exceptions.NoRegionError(), "no region is set"),
        (
            botocore.exceptions.EndpointConnectionError(endpoint_url="https://dynamodb.eu-nowhere-9.amazonaws.com/"),
            "AWS's dynamodb at dynamodb.eu-nowhere-9.amazonaws.com does not answer: no connection to it",
        ),
        (
            botocore.exceptions.ReadTimeoutError(endpoint_url=f"http://tests:{CANARY}@127.0.0.1:8000/"),
            "AWS's dynamodb at 127.0.0.1 does not answer: it timed out",
        ),
        (
            botocore.exceptions.ConnectTimeoutError(endpoint_url=f"http://[{CANARY}"),
            "AWS's dynamodb does not answer: it timed out",
        ),
    ],
)
def test_what_is_said_of_the_way(error: Exception, message: str) -> None:
    """The host that was called, which shows a wrong region; nothing else of the URL."""
    assert translate(error, "dynamodb").message == message


@pytest.mark.parametrize(
    ("answer", "expected", "words"),
    [
        (says("AccessDeniedException"), ours.AwsRefused, "allow dynamodb:DescribeTimeToLive"),
        (says("UnknownOperationException"), ours.NotAvailableHere, "not available here"),
        (says("ResourceNotFoundException"), ours.TableMissing, "no such table"),
        (says("ResourceInUseException"), ours.NotYet, "busy"),
        (says("ValidationException", "AWS's message"), ours.AwsRefused, "AWS's message"),
        (says("UnrecognizedClientException"), ours.NotSignedIn, "sign in"),
        ((200, {"unexpected": 1}), ours.AwsUnreachable, "answer is not from AWS"),
    ],
)
def test_an_answer_is_sorted_by_what_is_to_be_done(
    aws: Aws, client: StorageClient, answer: tuple[int, dict[str, Any]], expected: type[ours.StorageFailure], words: str
) -> None:
    """What AWS says, over the wire and after the library's retries."""
    aws.instead = lambda _operation, _request: answer

    with pytest.raises(expected) as raised:
        client.describe_time_to_live("vault")

    assert words in f"{raised.value.message}; {raised.value.hint}"


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("InternalServerError", 500, "cannot answer now"),
        ("503", 503, "cannot answer now"),
        ("ProvisionedThroughputExceededException", 400, "at its limit"),
        ("ThrottlingException", 400, "at its limit"),
    ],
)
def test_what_the_library_tries_again(code: str, status: int, words: str) -> None:
    """When it has given up, AWS counts as unreachable; not over the wire here, since that takes it ten seconds."""
    failure = translate(client_error(code, status), "dynamodb")

    assert type(failure) is ours.AwsUnreachable
    assert words in f"{failure.message}; {failure.hint}"


@pytest.mark.parametrize("table", [{}, {"TableName": "vault", "TableArn": "a:b:c:d"}])
def test_half_a_description(aws: Aws, client: StorageClient, table: dict[str, Any]) -> None:
    """A table without what every table has is answer is not from AWS."""
    aws.instead = lambda *_: (200, {"Table": table, "ContinuousBackupsDescription": {}, "TimeToLiveDescription": {}})

    with pytest.raises(ours.AwsUnreachable, match="answer is not from AWS"):
        read_snapshot(client, "vault")


def test_an_odd_lock(aws: Aws, client: StorageClient) -> None:
    """A number that is none is answer is not from AWS; a row without its time is a lock that has expired."""
    aws.instead = lambda *_: (200, {"Item": {"Expires": {"N": "soon"}}})
    with pytest.raises(ours.AwsUnreachable, match="answer is not from AWS"):
        client.lock("vault")

    aws.instead = lambda *_: (200, {"Item": {}})
    assert client.lock("vault")[0] == Lock(0)


def test_a_signature_that_is_refused_repeats_no_header(aws: Aws, client: StorageClient) -> None:
    """AWS's message hold the signed headers, a session token among them: they are not shown."""
    aws.instead = lambda *_: says("InvalidSignatureException", "The Canonical String was x-amz-security-token:t0k3n")

    with pytest.raises(ours.NotSignedIn) as raised:
        client.describe_table("vault")

    assert "t0k3n" not in f"{raised.value.message} {raised.value.hint}"


def test_nobody_there_and_no_address(aws: Aws) -> None:
    """A closed port does not answer; an address that is none is told without repeating it."""
    nobody = StorageClient(Place(region=REGION, endpoint_url="http://tests:p4ss@127.0.0.1:9"))
    with pytest.raises(ours.AwsUnreachable, match="does not answer") as raised:
        nobody.describe_table("vault")
    assert not re.search(f"p4ss|{SECRET_KEY}", f"{raised.value.message} {raised.value.hint}")
    with pytest.raises(ours.SetupInvalid, match="the endpoint is not a URL"):
        StorageClient(Place(region=REGION, endpoint_url="http://tests:p4ss@"))
    with pytest.raises(ours.SetupInvalid, match="ProfileNotFound"):
        StorageClient(Place(region=REGION, profile="nobody", endpoint_url=aws.endpoint))
