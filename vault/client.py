"""Rule: the control plane's way to Vault: hvac, imported here and nowhere else, its errors translated into ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hvac
import requests
from hvac import exceptions as theirs

from vault.errors import Failure, PathNotFound, PathRefused, VaultSealed, VaultUnreachable

_SEALED = (theirs.VaultDown, theirs.VaultNotInitialized)
_NOT_NOW = (theirs.InternalServerError, theirs.BadGateway, theirs.RateLimitExceeded, theirs.PreconditionFailed)
_NO_RIGHT = (theirs.Forbidden, theirs.Unauthorized)


class VaultClient:
    """Generic reads and writes of the HTTP API, by path. Raises Failure and nothing else."""

    def __init__(self, address: str, token: str, ca_file: Path | None = None, namespace: str = "") -> None:
        """Connect to nothing yet. Without `ca_file`, the system's certificates are trusted."""
        self._address = address
        self._client = hvac.Client(
            url=address, token=token, verify=str(ca_file) if ca_file else True, namespace=namespace or None
        )

    def read(self, path: str) -> dict[str, Any] | None:
        """Give the `data` at a path; None: there is nothing."""
        try:
            answer = self._client.read(path)
        except (theirs.VaultError, requests.RequestException, OSError) as error:
            raise translate(error, self._address, path) from None
        if answer is None:
            return None
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, dict):
            raise VaultUnreachable(
                f"{self._address} gives no answer of Vault's", hint="does a proxy answer for Vault?", path=path
            )
        return data

    def write(self, path: str, data: Mapping[str, Any]) -> None:
        """Write to a path."""
        try:
            self._client.write_data(path, data=dict(data))
        except (theirs.VaultError, requests.RequestException, OSError) as error:
            raise translate(error, self._address, path) from None

    def delete(self, path: str) -> None:
        """Delete what is at a path; nothing there is no error."""
        try:
            self._client.delete(path)
        except (theirs.VaultError, requests.RequestException, OSError) as error:
            raise translate(error, self._address, path) from None

    def enable_auth(self, kind: str, mount: str) -> None:
        """Enable an auth method; nothing happens where it is enabled already."""
        if f"{mount}/" not in (self.read("sys/auth") or {}):
            self.write(f"sys/auth/{mount}", {"type": kind})


def translate(error: Exception, address: str, path: str) -> Failure:
    """Give ours for theirs. hvac's texts hold the request's URL and Vault's words, never what was sent."""
    if isinstance(error, theirs.VaultError):
        words = "; ".join(map(str, error.errors or ())) or type(error).__name__
        if isinstance(error, _SEALED):
            return VaultSealed(f"Vault at {address} is sealed or not initialised: {words}", hint="unseal it", path=path)
        if isinstance(error, _NOT_NOW):
            return VaultUnreachable(f"Vault at {address} cannot answer now: {words}", hint="try again", path=path)
        if isinstance(error, theirs.InvalidPath):
            return PathNotFound(f"there is nothing at {path}: {words}", hint="mend the path", path=path)
        if isinstance(error, _NO_RIGHT):
            return PathRefused(f"Vault refuses {path}: {words}", hint="use a token with more rights", path=path)
        return PathRefused(f"Vault does not take what goes to {path}: {words}", hint="see Vault's API", path=path)
    if isinstance(error, requests.exceptions.SSLError):
        hint = "give its CA (--vault-ca-file)"
        return VaultUnreachable(f"the certificate of {address} is not trusted", hint=hint, path=path)
    words = f"Vault at {address} does not answer: {type(error).__name__}"
    return VaultUnreachable(words, hint="is it up, and the address right?", path=path)
