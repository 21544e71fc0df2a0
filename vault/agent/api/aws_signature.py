"""Signature Version 4 of AWS, for a POST to the path `/` without a query, which is all that STS needs. Pure.

The steps are those of AWS's page "Create a signed AWS API request"; its published vectors are tests.
"""

from __future__ import annotations

from _hashlib import hmac_digest, openssl_sha256

from vault.agent.secret import Secret
from vault.contract.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_ALGORITHM = "AWS4-HMAC-SHA256"
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Credentials(Value):
    """Keys of AWS. `session_token` "": they are no temporary ones."""

    access_key: str
    secret_key: Secret[str]
    session_token: Secret[str]


class Scope(Value):
    """What a signature is for. `time` is UTC, as `20150830T123600Z`."""

    time: str
    region: str
    service: str


def sign(headers: Mapping[str, str], body: bytes, keys: Credentials, scope: Scope) -> dict[str, str]:
    """Return the headers with those of the signature: X-Amz-Date, X-Amz-Security-Token, Authorization. All are signed.

    `headers` must have Host.
    """
    found = {**headers, "X-Amz-Date": scope.time}
    if keys.session_token.reveal():
        found["X-Amz-Security-Token"] = keys.session_token.reveal()
    named = sorted((name.lower(), " ".join(value.split())) for name, value in found.items())
    signed = ";".join(name for name, _ in named)
    lines = "".join(f"{name}:{value}\n" for name, value in named)
    request = f"POST\n/\n\n{lines}\n{signed}\n{openssl_sha256(body).hexdigest()}"  # 1
    day = scope.time[:8]
    place = f"{day}/{scope.region}/{scope.service}/aws4_request"
    digest = openssl_sha256(request.encode()).hexdigest()  # 2
    text = f"{_ALGORITHM}\n{scope.time}\n{place}\n{digest}"  # 3
    key = f"AWS4{keys.secret_key.reveal()}".encode()
    for part in (day, scope.region, scope.service, "aws4_request"):  # 4
        key = hmac_digest(key, part.encode(), "sha256")
    signature = hmac_digest(key, text.encode(), "sha256").hex()
    found["Authorization"] = (  # 5
        f"{_ALGORITHM} Credential={keys.access_key}/{place}, SignedHeaders={signed}, Signature={signature}"
    )
    return found


def form_encoded(fields: Mapping[str, str]) -> bytes:
    """Render the body of a form."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in fields.items()).encode()


def _quoted(text: str) -> str:
    return "".join(chr(octet) if octet in _UNRESERVED else f"%{octet:02X}" for octet in text.encode())
