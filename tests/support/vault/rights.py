"""What a token may do, asked of a real server in two ways: by sys/capabilities, and by doing it."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from tests.support.vault.server import VaultServer
from vault.policy.desired.hcl import CAPABILITIES


@dataclass(frozen=True)
class Rights:
    """A token with some policies, without the default one, and a connection that is used again."""

    server: VaultServer
    token: str
    _client: httpx.Client

    def capabilities(self, paths: list[str]) -> dict[str, set[str]]:
        """Ask what the token may do at paths."""
        body = {"token": self.token, "paths": paths}
        headers = {"X-Vault-Token": self.server.root_token}
        answer = self._client.post("/v1/sys/capabilities", json=body, headers=headers).json()
        return {path: set(answer[path]) & set(CAPABILITIES) for path in paths}

    def may(self, method: str, path: str) -> bool:
        """Do it. A refusal for want of rights is 403; any other answer came after they were looked at."""
        body = {"data": {"a": "b"}} if method in {"POST", "PATCH"} else None
        headers = {"X-Vault-Token": self.token}
        answer = self._client.request(method, f"/v1/{path}", json=body, headers=headers)
        return answer.status_code != httpx.codes.FORBIDDEN


@contextmanager
def rights(server: VaultServer, policies: Iterable[str]) -> Iterator[Rights]:
    """Make such a token."""
    trusted = ssl.create_default_context(cafile=str(server.ca_file))
    with httpx.Client(base_url=server.address, verify=trusted) as client:
        body = {"policies": list(policies), "no_default_policy": True, "ttl": "10m"}
        answer = client.post("/v1/auth/token/create", json=body, headers={"X-Vault-Token": server.root_token}).json()
        yield Rights(server, answer["auth"]["client_token"], client)
