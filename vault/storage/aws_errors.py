"""Translate errors of boto3 to a StorageFailure. Of their text, only AWS's own message is kept.

A text of boto3 may contain an endpoint with a password, or the output of a credential process. AWS's messages about
signatures are hidden: they repeat the signed headers, which include a session token. Classes are matched by name, so
that a class which a release of botocore lacks causes no error here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from vault.storage import errors as ours

_NO_TABLE = {"ResourceNotFoundException", "TableNotFoundException"}
_UNKNOWN = {"UnknownOperationException", "InvalidAction"}
_BUSY = {"ResourceInUseException", "ContinuousBackupsUnavailableException", "LimitExceededException"}
_DENIED = {"AccessDeniedException", "AccessDenied", "NotAuthorized", "UnauthorizedOperation"}
_THROTTLED = {"ThrottlingException", "Throttling", "ProvisionedThroughputExceededException", "RequestLimitExceeded"}
_UNSIGNED = {
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_NO_CREDENTIALS = {
    "CredentialRetrievalError",
    "InfiniteLoopConfigError",
    "LoginError",
    "MetadataRetrievalError",
    "NoAuthTokenError",
    "NoCredentialsError",
    "PartialCredentialsError",
    "RefreshWithMFAUnsupportedError",
    "SSOError",
    "TokenRetrievalError",
    "UnknownCredentialError",
}
_NO_ENDPOINT = {
    "EndpointVariantError",
    "InvalidRegionError",
    "ServiceNotInRegionError",
    "UnknownEndpointError",
    "UnknownRegionError",
}
_NO_CONNECTION = {
    "ChecksumError",
    "ConnectionError",
    "FlexibleChecksumError",
    "HTTPClientError",
    "IncompleteReadError",
}
_TIMED_OUT = {"ConnectTimeoutError", "ReadTimeoutError"}
_NO_ANSWER_OF_AWS = {"ResponseParserError"}
_SIGN_IN = (
    "sign in as for the aws command: AWS_PROFILE or --profile, AWS_ACCESS_KEY_ID, or the role of the machine or Pod"
)
_SERVER_ERROR = 500
_HOST = re.compile(r"[a-z0-9.:-]+\.[a-z0-9.:-]+")


def translate(error: Exception, service: str) -> ours.StorageFailure:
    """Translate an error. `service` is the prefix of its IAM actions."""
    name = type(error).__name__
    names = {each.__name__ for each in type(error).__mro__}
    if "ClientError" in names:
        return _answered(getattr(error, "response", {}), getattr(error, "operation_name", ""), service)
    if names & _NO_CREDENTIALS:
        return ours.NotSignedIn(f"there are no credentials for AWS ({name})", hint=_SIGN_IN)
    if "NoRegionError" in names:
        return ours.SetupInvalid("no region is set", hint="give --region, or AWS_REGION")
    if names & _NO_ENDPOINT:
        return ours.SetupInvalid(f"AWS has no {service} there ({name})", hint="fix the region: --region, or AWS_REGION")
    if "SSLError" in names:
        hint = "is the address right? AWS_CA_BUNDLE names a file with another CA"
        return ours.AwsUnreachable(f"the certificate of AWS's {service} is not trusted", hint=hint)
    if names & _NO_ANSWER_OF_AWS:
        return no_answer_of_aws()
    if names & _NO_CONNECTION:
        why = "it timed out" if names & _TIMED_OUT else "no connection to it"
        hint = "are the region and the endpoint right, and can it be reached from here?"
        return ours.AwsUnreachable(f"AWS's {service}{_host(error)} does not answer: {why}", hint=hint)
    hint = "fix AWS's configuration on this machine: its variables, ~/.aws/config, --profile, --region"
    return ours.SetupInvalid(f"boto3 cannot call AWS's {service} ({name})", hint=hint)


def _host(error: Exception) -> str:
    """Return " at HOST" where botocore says which it called; of its URL, which may have a password, only that."""
    url = getattr(error, "kwargs", {}).get("endpoint_url", "")
    try:
        host = urlsplit(str(url)).hostname or ""
    except ValueError:
        return ""
    return f" at {host}" if _HOST.fullmatch(host) else ""


def no_answer_of_aws() -> ours.AwsUnreachable:
    """Make the error for an answer that is not from AWS."""
    return ours.AwsUnreachable(
        "the endpoint's answer is not from AWS", hint="is its address right, or does a proxy answer?"
    )


def _answered(response: Mapping[str, Any], operation: str, service: str) -> ours.StorageFailure:
    told = response.get("Error", {})
    code, words = str(told.get("Code", "")), str(told.get("Message", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    action = f"{service}:{operation}"
    what = f"{operation}: {code}: {words}"
    if code in _NO_TABLE:
        return ours.TableMissing("there is no such table", hint="are the name, the region and the account right?")
    if code in _UNKNOWN:
        hint = "this endpoint is a stand-in for AWS"
        return ours.NotAvailableHere(f"{operation} is not available here", hint=hint)
    if code in _DENIED:
        return ours.AwsRefused(what, hint=f"allow {action} for these credentials", action=action)
    if code in _UNSIGNED:
        return ours.NotSignedIn(f"AWS rejects the credentials: {operation}: {code}", hint=_SIGN_IN)
    if code in _BUSY:
        return ours.NotYet(what, hint="the table, or the account, is busy with an earlier change: try again")
    if code in _THROTTLED:
        return ours.AwsUnreachable(what, hint="the table or the account is at its limit: try again later")
    if status >= _SERVER_ERROR:
        return ours.AwsUnreachable(f"AWS cannot answer now: {operation}: {code}", hint="try again")
    return ours.AwsRefused(what, hint="AWS's message says what it rejects")
