"""The login by AWS IAM: the Pod's IAM role is assumed at STS, and Vault gets a signed question that it asks AWS itself.

(1) AssumeRoleWithWebIdentity at STS, with the token that the kubelet keeps for the Pod's IAM role: keys for 15 minutes;
(2) a request of GetCallerIdentity is signed by them, and not sent: Vault sends it, and learns from AWS whose it is.
    Vault gets neither the keys nor the token; what it gets says who asks, and can be sent for 15 minutes by whoever
    has it, so that X-Vault-AWS-IAM-Server-ID is to tie it to one Vault.

Facts (Vault's page "AWS auth method"; STS's API reference): a signature holds for 15 minutes; 900 seconds are the least
that a role is assumed for.
"""

from __future__ import annotations

import binascii
import time

from vault.agent.api import retry
from vault.agent.api.aws_answers import parse_credentials, parse_error
from vault.agent.api.aws_signature import Scope, form_encoded, sign
from vault.agent.api.credential import read_text
from vault.agent.api.tls import client_context
from vault.agent.api.transport import CONNECT_SECONDS, SYSTEM_CERTIFICATES, Connection, NoAnswer
from vault.agent.secret import Secret
from vault.contract import cjson
from vault.contract.errors import EngineFailed, LoginRefused, PlanInvalid
from vault.contract.origins import parse_origin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.api.aws_signature import Credentials
    from vault.agent.api.responses import Answer
    from vault.agent.deadline import Deadline
    from vault.contract import plan as contract
    from vault.contract.errors import Failure

_FORM = "application/x-www-form-urlencoded; charset=utf-8"
_VERSION = "2011-06-15"
_MOST_BYTES = 64 * 1024
# refusals of STS's that another try may lift (STS API reference, AssumeRoleWithWebIdentity, and common errors)
_MAY_PASS = ("IDPCommunicationError", "Throttling", "ThrottlingException", "RequestLimitExceeded")
_NO_ROLE = (
    "let the ServiceAccount have the annotation eks.amazonaws.com/role-arn, from which EKS's webhook gives the Pod's "
    "containers AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE"
)


def prove_role(login: contract.Session, deadline: Deadline) -> tuple[dict[str, Secret[str]], Secret[str]]:
    """Return the fields of the login that prove the Pod's IAM role, and the session token that is within them.

    Raises Failure.
    """
    aws = login.aws
    if aws is None or not aws.role_arn or not aws.token_file:
        words = "the Pod has no IAM role of AWS: no container had AWS_ROLE_ARN when omamori's webhook saw it"
        raise PlanInvalid(words, hint=_NO_ROLE, vault=login.vault)
    keys = _assume(login, aws, deadline)  # (1)
    body = form_encoded({"Action": "GetCallerIdentity", "Version": _VERSION})
    headers = {"Host": aws.identity_host, "Content-Type": _FORM}
    if aws.server_id:
        headers["X-Vault-AWS-IAM-Server-ID"] = aws.server_id
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    signed = sign(headers, body, keys, Scope(time=now, region=aws.region, service="sts"))  # (2)
    fields = {
        "iam_request_url": _base64(f"https://{aws.identity_host}/".encode()),
        "iam_request_body": _base64(body),
        "iam_request_headers": _base64(cjson.dumps(signed).encode()),
    }
    return fields, keys.session_token


def refused(login: contract.Session, path: str, answer: Answer) -> Failure:
    """Make the error of a login that Vault refuses."""
    return LoginRefused(
        f"Vault does not accept this Pod's IAM role: {answer.words or 'no reason given'}",
        hint=f"is the method aws enabled at auth/{login.auth_mount}, does its role {login.role} name the Pod's IAM "
        "role (bound_iam_principal_arn), is auth-config-header-value its iam_server_id_header_value, and "
        "auth-config-region the region of its sts_endpoint?",
        vault=login.vault,
        role=login.role,
        path=path,
        status=answer.status,
    )


def _assume(login: contract.Session, aws: contract.AwsLogin, deadline: Deadline) -> Credentials:
    """Assume the role, and try until the deadline, since it leaves nothing behind. Raises Failure."""
    connection = _connection(login, aws)
    tries = 0
    while True:
        tries += 1
        try:
            return _assume_once(login, aws, connection, deadline)
        except EngineFailed:
            if not deadline.wait(retry.wait_seconds(tries, retry.Outcome(status=retry.LOST))):
                raise
        finally:
            connection.close()


def _assume_once(
    login: contract.Session, aws: contract.AwsLogin, connection: Connection, deadline: Deadline
) -> Credentials:
    """Ask once. Raises EngineFailed where another try may help, other Failures where none will."""
    token = read_text(login, aws.token_file, _MOST_BYTES, "the token for AWS cannot be read from", _NO_ROLE)
    asked = {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": _VERSION,
        "RoleArn": aws.role_arn,
        "RoleSessionName": "omamori",
        "DurationSeconds": "900",
        "WebIdentityToken": token.reveal(),
    }
    headers = {"Accept": "application/xml", "Content-Type": _FORM}
    left = deadline.remaining()
    try:
        response = connection.call(
            "POST", "/", headers, form_encoded(asked), connect_seconds=min(CONNECT_SECONDS, left), seconds=left
        )
    except NoAnswer as error:
        hint = error.hint or "is it reachable from this Pod? omamori's settings may name another address: awsStsAddress"
        raise EngineFailed(f"AWS STS at {aws.sts_address}: {error}", hint=hint, vault=login.vault) from None
    answer = response.body.reveal()
    keys = parse_credentials(answer) if response.status == 200 else None  # noqa: PLR2004
    if keys is not None:
        return keys
    code, words = parse_error(answer, token)
    said = f"AWS STS at {aws.sts_address} does not give the role {aws.role_arn}: HTTP {response.status} {code}: {words}"
    if not code or code in _MAY_PASS or response.status >= 500:  # noqa: PLR2004
        raise EngineFailed(said, hint="is this the address of AWS STS, and is it well?", vault=login.vault)
    raise LoginRefused(
        said,
        hint="does the trust policy of the IAM role name the cluster's OIDC provider, this namespace and this "
        "ServiceAccount, and the audience of the token (sts.amazonaws.com)?",
        vault=login.vault,
        role=login.role,
    )


def _connection(login: contract.Session, aws: contract.AwsLogin) -> Connection:
    """Make the connection to STS: TLS always, by certificates of its own. Raises PlanInvalid."""
    origin = parse_origin(aws.sts_address)
    if origin is None or origin.scheme != "https":
        words = f"the address of AWS STS cannot be used: {aws.sts_address!r}"
        raise PlanInvalid(words, hint="fix it in omamori's settings (awsStsAddress): https://HOST", vault=login.vault)
    context = client_context()
    context.load_verify_locations(capath=aws.sts_ca_directory or SYSTEM_CERTIFICATES)
    return Connection(origin, context)


def _base64(data: bytes) -> Secret[str]:
    return Secret(binascii.b2a_base64(data, newline=False).decode())
