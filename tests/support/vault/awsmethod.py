"""The other sides of a login by AWS IAM: STS in TLS, which is moto, and Vault's method aws, which OpenBao lacks.

The method does what Vault's does (builtin/credential/aws): it sends the signed request that it was given to its STS,
and only believes what STS answers. The tests marked real have Vault's own.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.support.vault.proxy import Proxy, Scripted, running_proxy, says, says_bytes
from tests.support.vault.server import TlsFiles, VaultServer

ACCOUNT = "123456789012"  # moto's
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/shop"
LOGIN = "/v1/auth/aws/login"
_FORM = "application/x-www-form-urlencoded"


@dataclass
class AwsMethod:
    """A Vault with the method. `server_id`, if given, has to be signed; `logins` are the bodies that came."""

    proxy: Proxy
    moto: str
    vault: VaultServer
    server_id: str = ""
    logins: list[dict[str, str]] = field(default_factory=list)

    def answer(self, path: str, body: bytes) -> Scripted | None:
        """Answer a login; anything else is the real server's."""
        if path != LOGIN:
            return None
        asked: dict[str, str] = json.loads(body)
        self.logins.append(asked)
        headers: dict[str, str] = json.loads(base64.b64decode(asked["iam_request_headers"]))
        url = urlsplit(base64.b64decode(asked["iam_request_url"]).decode())
        if asked["iam_http_request_method"] != "POST" or url.query or headers["Host"] != url.netloc:
            return says(400, ["invalid iam_request_url"])
        if self.server_id and not self._is_signed(headers):
            return says(400, ["error validating X-Vault-AWS-IAM-Server-ID header: missing header"])
        status, answer = ask_moto(self.moto, base64.b64decode(asked["iam_request_body"]), headers)
        found = re.search(rf"<Arn>arn:aws:sts::{ACCOUNT}:assumed-role/shop/[\w-]+</Arn>", answer.decode())
        if status != 200 or found is None or asked["role"] != "shop":
            return says(400, ['IAM Principal does not belong to the role "shop"'])
        made = self.vault.client.write("auth/token/create", {"policies": ["shop"], "ttl": "5m"})
        return says_bytes(200, json.dumps(made).encode(), {"Content-Type": "application/json"})

    def _is_signed(self, headers: dict[str, str]) -> bool:
        signed = headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
        return headers.get("X-Vault-AWS-IAM-Server-ID") == self.server_id and "x-vault-aws-iam-server-id" in signed


@contextmanager
def running_method(tls: TlsFiles, moto: str, vault: VaultServer) -> Iterator[AwsMethod]:
    """Run it in front of a real server."""
    with running_proxy(tls, vault) as proxy:
        method = AwsMethod(proxy, moto, vault)
        proxy.instead = method.answer
        yield method


@contextmanager
def running_sts(tls: TlsFiles, moto: str) -> Iterator[Proxy]:
    """Run STS in TLS; its script comes first."""
    with running_proxy(tls) as proxy:

        def answer(_path: str, body: bytes) -> Scripted:
            if proxy.script:
                return proxy.script.popleft()
            status, answered = ask_moto(moto, body, {"Host": "sts.amazonaws.com", "Content-Type": _FORM})
            return says_bytes(status, answered, {"Content-Type": "text/xml"})

        proxy.instead = answer
        yield proxy


def ask_moto(moto: str, body: bytes, headers: dict[str, Any]) -> tuple[int, bytes]:
    """Send a request of STS's to moto, with the headers as they are."""
    address = urlsplit(moto)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=30)
    try:
        connection.request("POST", "/", body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
