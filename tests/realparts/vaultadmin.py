"""The tests' own client of Vault: any path, by any token, without interpretation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.realparts.requests import ask

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class VaultRefused(AssertionError):
    """Vault answered with an error."""

    def __init__(self, call: str, status: int, text: str) -> None:
        super().__init__(f"{call}: {status} {text}")
        self.status = status
        self.text = text


@dataclass(frozen=True, slots=True)
class VaultAdmin:
    """A Vault and a token. Paths are those of the API, without `/v1/`."""

    address: str
    trusted: Path
    token: str | None = None

    def read(self, path: str) -> Any:
        """GET; None if there is nothing (404). Raises VaultRefused."""
        return self.call("GET", path, allowed=(404,))

    def list(self, path: str) -> list[str]:
        """List the keys under a path; empty if there is nothing. Raises VaultRefused."""
        answer = self.call("LIST", path, allowed=(404,))
        return [] if answer is None else list(answer["data"]["keys"])

    def write(self, path: str, body: Mapping[str, Any] | None = None, **fields: Any) -> Any:
        """POST; gives the answer's JSON, None if it has none. Raises VaultRefused."""
        return self.call("POST", path, {**(body or {}), **fields})

    def delete(self, path: str) -> None:
        """DELETE. Raises VaultRefused."""
        self.call("DELETE", path)

    def call(self, method: str, path: str, body: Any = None, *, allowed: tuple[int, ...] = ()) -> Any:
        """Send one request; None for an empty answer and for a status that is allowed. Raises VaultRefused."""
        headers = {"X-Vault-Token": self.token} if self.token else {}
        answer = ask(method, f"{self.address}/v1/{path}", trusted=self.trusted, headers=headers, body=body)
        if answer.status_code in allowed:
            return None
        if answer.status_code >= 300:
            raise VaultRefused(f"Vault {method} {path}", answer.status_code, answer.text)
        return answer.json() if answer.content else None
