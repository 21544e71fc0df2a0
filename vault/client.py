"""Rule: the control plane's way to Vault: hvac, imported here and nowhere else, its errors translated into ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import hvac
import requests
from hvac import exceptions as theirs
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from vault.errors import Failure, PathNotFound, PathRefused, VaultSealed, VaultUnreachable

_SEALED = (theirs.VaultDown, theirs.VaultNotInitialized)
_NOT_NOW = (theirs.InternalServerError, theirs.BadGateway, theirs.RateLimitExceeded, theirs.PreconditionFailed)
_NO_RIGHT = (theirs.Forbidden, theirs.Unauthorized)


_STATUS: dict[type[theirs.VaultError], int] = {
    theirs.InvalidRequest: 400,
    theirs.Unauthorized: 401,
    theirs.Forbidden: 403,
    theirs.InvalidPath: 404,
    theirs.UnsupportedOperation: 405,
    theirs.PreconditionFailed: 412,
    theirs.RateLimitExceeded: 429,
    theirs.InternalServerError: 500,
    theirs.VaultNotInitialized: 501,
    theirs.BadGateway: 502,
    theirs.VaultDown: 503,
}
# what Vault says while it is not ready: a standby behind, too many requests, a change of the active node
_AGAIN = (412, 429, 500, 502)
_MOST_CONNECTIONS = 16
# in the words of DynamoDB, which Vault repeats
_TOO_LARGE = "Item size has exceeded"

_Answer = TypeVar("_Answer")


class VaultClient:
    """Generic calls of the HTTP API, by path; may be used by several threads. Raises Failure and nothing else."""

    def __init__(
        self, address: str, token: str, ca_file: Path | None = None, namespace: str = "", *, retries: int = 0
    ) -> None:
        """Connect to nothing yet. Without `ca_file`, the system's certificates are trusted.

        A call that has no answer, or one that says "later", is tried `retries` times more, so all writes must be such
        that they may be repeated.
        """
        self._address = address
        self._client = hvac.Client(
            url=address, token=token, verify=str(ca_file) if ca_file else True, namespace=namespace or None
        )
        again = Retry(retries, backoff_factor=0.2, status_forcelist=_AGAIN, allowed_methods=None, raise_on_status=False)
        for scheme in ("https://", "http://"):
            adapter = HTTPAdapter(pool_maxsize=_MOST_CONNECTIONS, max_retries=again)
            self._client.session.mount(scheme, adapter)

    def read(self, path: str) -> dict[str, Any] | None:
        """Give the `data` at a path; None: there is nothing."""
        answer = self._call(path, lambda: self._client.read(path))
        return None if answer is None else self._data(answer, path)

    def list(self, path: str) -> list[str]:
        """Give the names under a path; empty: there is nothing."""
        answer = self._call(path, lambda: self._client.list(path))
        return [] if answer is None else [str(each) for each in self._data(answer, path).get("keys") or ()]

    def write(self, path: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Write to a path. Gives what Vault answers, empty where that is nothing."""
        answer = self._call(path, lambda: self._client.write_data(path, data=dict(data)))
        return answer if isinstance(answer, dict) else {}

    def delete(self, path: str) -> None:
        """Delete what is at a path; nothing there is no error."""
        self._call(path, lambda: self._client.delete(path))

    def now(self) -> float:
        """Give Vault's own time, in seconds since 1970."""
        path = "sys/health"
        answer = self._call(path, lambda: self._client.sys.read_health_status(method="GET"))
        seconds = answer.get("server_time_utc") if isinstance(answer, dict) else None
        if not isinstance(seconds, int):
            raise self._no_answer(path)
        return float(seconds)

    def _call(self, path: str, call: Callable[[], _Answer]) -> _Answer:
        try:
            return call()
        except (theirs.VaultError, requests.RequestException, OSError) as error:
            raise translate(error, self._address, path) from None

    def _data(self, answer: object, path: str) -> dict[str, Any]:
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, dict):
            raise self._no_answer(path)
        return data

    def _no_answer(self, path: str) -> VaultUnreachable:
        words = f"{self._address} gives no answer of Vault's"
        return VaultUnreachable(words, hint="does a proxy answer for Vault?", path=path)

    def enable_auth(self, kind: str, mount: str) -> None:
        """Enable an auth method; nothing happens where it is enabled already."""
        if f"{mount}/" not in (self.read("sys/auth") or {}):
            self.write(f"sys/auth/{mount}", {"type": kind})


def translate(error: Exception, address: str, path: str) -> Failure:
    """Give ours for theirs. hvac's texts hold the request's URL and Vault's words, never what was sent."""
    if isinstance(error, theirs.VaultError):
        words = "; ".join(map(str, error.errors or ())) or type(error).__name__
        status = _STATUS.get(type(error), 0)
        if isinstance(error, _SEALED):
            message = f"Vault at {address} is sealed or not initialised: {words}"
            return VaultSealed(message, hint="unseal it", path=path, status=status)
        if _TOO_LARGE in words:  # by a 500, which no later try would change
            message = f"what goes to {path} is more than Vault's storage takes as one entry: {words}"
            hint = "DynamoDB has 400 KB for each: cut it into several"
            return PathRefused(message, hint=hint, path=path, status=status)
        if isinstance(error, _NOT_NOW):
            message = f"Vault at {address} cannot answer now: {words}"
            return VaultUnreachable(message, hint="try again", path=path, status=status)
        if isinstance(error, theirs.InvalidPath):
            return PathNotFound(f"there is nothing at {path}: {words}", hint="mend the path", path=path, status=status)
        if isinstance(error, _NO_RIGHT):
            hint = "use a token with more rights"
            return PathRefused(f"Vault refuses {path}: {words}", hint=hint, path=path, status=status)
        message = f"Vault does not take what goes to {path}: {words}"
        return PathRefused(message, hint="see Vault's API", path=path, status=status)
    if isinstance(error, requests.exceptions.SSLError):
        hint = "give its CA (--vault-ca-file)"
        return VaultUnreachable(f"the certificate of {address} is not trusted", hint=hint, path=path)
    words = f"Vault at {address} does not answer: {type(error).__name__}"
    return VaultUnreachable(words, hint="is it up, and the address right?", path=path)
