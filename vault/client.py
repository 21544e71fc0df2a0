"""Vault client of the control plane: hvac on requests. Only it and adapter.py import them; their errors are translated.

The operator's token is sent only to the given Vault: nothing is read from the environment (no proxy, no CA, no
~/.netrc), and vault/adapter.py decides on redirects.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from hvac.adapters import RawAdapter
from urllib3.exceptions import HTTPError

from vault.adapter import Redirected, TokenKeeper, trusting
from vault.addresses import address_problem
from vault.connection_diagnoses import diagnose
from vault.contract.errors import Failure, LoginRefused, PathNotFound, PathRefused, RequestRefused, VaultUnreachable
from vault.responses import VaultResponse, failure_of, is_of_root, no_namespaces, no_vault
from vault.timelimit import CALL_SECONDS, NOTICE_SECONDS, TimeLimitReached, within
from vault.tls_options import USUAL_TLS, TlsOptions

_calls = logging.getLogger("omamori.calls")
_OWN_TOKEN = "auth/token/lookup-self"  # noqa: S105 - a path
_HEALTH = "sys/health"
_HEALTHY = {"standbyok": "true", "perfstandbyok": "true", "drsecondarycode": "200"}
_ROOT = {"", "root"}
_MOST_SECONDS = 10**11  # of a time: year 5138
# left unescaped in a path, besides letters, digits and "_.-~"
_PLAIN = "/:@!$&'()*+,;="


class VaultClient:
    """Generic calls of the HTTP API by path. Thread-safe. Raises only Failure."""

    def __init__(
        self,
        address: str,
        token: str,
        ca_file: Path | None = None,
        namespace: str = "",
        *,
        retries: int = 0,
        proxy: str = "",
        tls: TlsOptions = USUAL_TLS,
        timeout_seconds: float = CALL_SECONDS,
        notice: Callable[[], None] = lambda: None,
        notice_seconds: float = NOTICE_SECONDS,
    ) -> None:
        """Set up the client without connecting. Without `ca_file`, the system's certificates are trusted.

        A call without an answer, or with a temporary error, is retried up to `retries` times, so all writes must be
        repeatable. The call ends after `timeout_seconds`, retries included; `notice` is called once it takes longer
        than `notice_seconds`.
        """
        problem = address_problem(address)
        if problem:
            raise VaultUnreachable(f"the address of Vault {problem}", hint="see VAULT_ADDR and --vault-address")
        self._address = address.rstrip("/")
        self._namespace = namespace
        self._seconds = timeout_seconds
        self._notice = notice
        self._notice_seconds = notice_seconds
        self._is_token_known: bool | None = None
        self._is_namespace_checked = namespace.strip("/") in _ROOT
        session = requests.Session()
        session.trust_env = False
        session.verify = not tls.skips_verification
        session.proxies = {"http": proxy, "https": proxy} if proxy else {}
        adapter = TokenKeeper(trusting(address, ca_file, tls), retries, timeout_seconds, tls.server_name)
        for scheme in ("https://", "http://"):
            session.mount(scheme, adapter)
        usual: dict[str, Any] = {
            "token": token,
            "session": session,
            "timeout": timeout_seconds,
            "allow_redirects": False,
            "verify": session.verify,  # hvac takes the session's own only where it is true
        }
        self._root = RawAdapter(base_uri=self._address, **usual)
        self._http = RawAdapter(base_uri=self._address, namespace=namespace or None, **usual)

    def login(self, mount: str, fields: Mapping[str, str]) -> None:
        """Log in at `auth/MOUNT`, and use the token that it gives from now on. Raises LoginRefused."""
        path = f"auth/{mount}/login"
        try:
            answer = self.write(path, fields)
        except (PathRefused, PathNotFound, RequestRefused) as refused:
            raise LoginRefused(
                f"the login at {path} is refused: {refused.message}",
                hint="does the role exist there, for this token's subject and audience, and is the method enabled?",
                path=path,
                status=refused.status,
            ) from None
        token = (answer.get("auth") or {}).get("client_token")
        if not isinstance(token, str):
            raise LoginRefused(f"the answer of {path} has no token", hint="is this the path of an auth method?")
        self._root.token = self._http.token = token
        self._is_token_known = True

    def revoke(self) -> None:
        """Revoke the token, as far as Vault lets it, and answers: in the end each ends by itself."""
        with suppress(Failure):
            self._send("post", "auth/token/revoke-self")

    def read(self, path: str) -> dict[str, Any] | None:
        """Return the `data` at a path. None: Vault itself says that there is nothing."""
        answer = self._call("get", path)
        return None if answer.is_absent else answer.data()

    def read_there(self, path: str) -> dict[str, Any]:
        """Return the `data` at a path that every Vault has. If missing, this is not Vault, or lacks the namespace."""
        self._check_namespace()
        answer = self._send("get", path)
        if not answer.is_success and (answer.status != HTTPStatus.NOT_FOUND or answer.tells_no_namespace):
            raise failure_of(answer, is_token_known=self._knows_token(answer))
        if not answer.is_success or not (data := answer.data()):
            raise no_vault(answer)
        if self._namespace.strip("/") not in _ROOT and is_of_root(data):
            raise no_namespaces(answer)
        return data

    def list(self, path: str) -> list[str]:
        """Return the names under a path. Empty: Vault itself says that there is nothing."""
        answer = self._call("get", path, params={"list": "true"})
        keys = [] if answer.is_absent else answer.data().get("keys") or []
        if not isinstance(keys, list):
            raise no_vault(answer)
        return list(map(str, keys))

    def write(self, path: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Write to a path. Returns Vault's answer, empty if there is none."""
        return self._call("post", path, absent=False, json=dict(data)).document or {}

    def delete(self, path: str) -> None:
        """Delete what is at a path. It is no error if nothing is there."""
        self._call("delete", path, absent=False)

    def now(self) -> float:
        """Return Vault's time, in seconds since 1970."""
        answer = self._call("get", _HEALTH, in_root=True, params=_HEALTHY)
        seconds = (answer.document or {}).get("server_time_utc")
        if not isinstance(seconds, int) or not 0 <= seconds < _MOST_SECONDS:
            raise no_vault(answer)
        return float(seconds)

    def enable_auth(self, kind: str, mount: str) -> None:
        """Enable an auth method, unless it is enabled already."""
        if f"{mount}/" not in self.read_there("sys/auth"):
            self.write(f"sys/auth/{mount}", {"type": kind})

    def _call(self, method: str, path: str, *, absent: bool = True, **more: Any) -> VaultResponse:
        """Call, and return a successful answer, or with `absent` also an absent one. Raises Failure."""
        self._check_namespace()
        answer = self._send(method, path, **more)
        if answer.is_success or (absent and answer.is_absent):
            return answer
        raise failure_of(answer, is_token_known=self._knows_token(answer))

    def _check_namespace(self) -> None:
        """Check once that the server has namespaces: Vault's community edition ignores them and uses its root."""
        if not self._is_namespace_checked:
            answer = self._send("get", _HEALTH, in_root=True, params=_HEALTHY)
            if (answer.document or {}).get("enterprise") is False:
                raise no_namespaces(answer)
            self._is_namespace_checked = True

    def _send(self, method: str, path: str, *, in_root: bool = False, **more: Any) -> VaultResponse:
        if any(segment in {".", ".."} for segment in path.split("/")):
            raise PathRefused("the path has a '.' or '..' segment", hint="write it as a Vault policy does", path=path)
        http = self._root if in_root else self._http
        url = f"/v1/{quote(path, safe=_PLAIN)}"
        started = time.monotonic()
        try:
            response = within(
                self._seconds,
                lambda: http.request(method, url, raise_exception=False, **more),
                self._notice,
                self._notice_seconds,
            )
        except (requests.RequestException, HTTPError, OSError, UnicodeError, TimeLimitReached) as error:
            _log_call(method, path, "no answer", started)
            raise translate(error, self._address, path) from None
        _log_call(method, path, response.status_code, started)
        return VaultResponse.of(self._address, self._namespace, path, response.status_code, response.content)

    def _knows_token(self, answer: VaultResponse) -> bool:
        """Whether Vault knows the token that it has refused. Asked only once."""
        if answer.is_refusal and self._is_token_known is None:
            about = answer if answer.path == _OWN_TOKEN else self._send("get", _OWN_TOKEN)
            self._is_token_known = about.is_success or not about.tells_unknown_token
        return self._is_token_known is not False


def _log_call(method: str, path: str, status: object, started: float) -> None:
    _calls.debug("Vault: %s %s: %s, %.0f ms", method, path, status, (time.monotonic() - started) * 1000)


def translate(error: Exception, address: str, path: str) -> VaultUnreachable:
    """Translate a connection error to a Failure. The original text, which contains URLs, is not shown."""
    if isinstance(error, Redirected):
        return VaultUnreachable(error.what, hint=error.hint, path=path)
    found = diagnose(error, address)
    return VaultUnreachable(f"Vault at {address} {found.what}", hint=found.hint, path=path)
