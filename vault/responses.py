"""Interpret Vault's answers to the control plane, and detect answers that are not from Vault.

Facts
- Vault's 404 is JSON: `{"errors": []}` if nothing is there, with a message if there is no such mount, path or
  namespace, and with `data` for a deleted version of KV version 2. Any other 404 is from something else, such as a web
  server or a gateway; `sys/mounts` and `sys/auth` exist in every Vault.
- Vault's community edition has no namespaces and answers for its root, whatever namespace is given. Its sys/health
  returns `"enterprise": false`. In a namespace (OpenBao 2.7, Vault Enterprise) the built-in mounts have special types:
  ns_system, ns_token.
- Vault 1.21 names an unknown token ("invalid token"). OpenBao 2.7 says "permission denied" alone, and about a token
  that it knows "1 error occurred: * permission denied".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vault.connection_diagnoses import SPEAKS_TLS
from vault.contract.errors import Failure, PathNotFound, PathRefused, VaultSealed, VaultUnreachable
from vault.contract.shown import shown

MAX_WORDS_CHARACTERS = 500
_SUCCESS = range(200, 300)
_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 400, 401, 403, 404
_LATER = (412, 429, 472, 473)
_SERVER_ERRORS = range(500, 600)
_SEALED = (501, 503)
# DynamoDB's message, which Vault repeats
_TOO_LARGE = "Item size has exceeded"
_NO_NAMESPACE = "namespace not found"
_NO_SUCH = ("no handler for route", "unsupported path")
_EVERYWHERE = {"sys/": "system", "token/": "token"}
_UNKNOWN_TOKEN = ("invalid token", "bad token")
_REFUSED = "permission denied"
# the plain-text messages of Go servers and nginx
_WANTS_TLS = (b"HTTP request to an HTTPS server", b"plain HTTP request was sent to HTTPS port")


@dataclass(frozen=True, slots=True)
class VaultResponse:
    """One answer. `document` None: not a JSON object; `words` are Vault's errors, ready to be shown.

    `is_own`: it has the format of Vault's own errors.
    """

    address: str
    namespace: str
    path: str
    status: int
    document: dict[str, Any] | None
    words: str
    is_own: bool
    wants_tls: bool

    @classmethod
    def of(cls, address: str, namespace: str, path: str, status: int, body: bytes) -> VaultResponse:
        """Parse an answer, which may be any bytes."""
        try:
            found = json.loads(body) if body else None
        except (ValueError, RecursionError):
            found = None
        document = found if isinstance(found, dict) else None
        errors = (document or {}).get("errors")
        is_own = isinstance(errors, list) and all(isinstance(each, str) for each in errors)
        words = shown(" ".join("; ".join(errors or ()).split()), MAX_WORDS_CHARACTERS) if is_own else ""
        wants_tls = status == _BAD_REQUEST and any(each in body for each in _WANTS_TLS)
        return cls(address, namespace, path, status, document, words, is_own, wants_tls)

    @property
    def is_success(self) -> bool:
        """Whether the call succeeded."""
        return self.status in _SUCCESS

    @property
    def is_absent(self) -> bool:
        """Whether Vault itself says that there is nothing at the path."""
        if self.status != _NOT_FOUND:
            return False
        if self.is_own:
            return not self.words or any(each in self.words for each in _NO_SUCH)
        return self.document is not None and {"request_id", "data"} <= self.document.keys()

    @property
    def is_refusal(self) -> bool:
        """Whether Vault denies the call to this token."""
        return self.is_own and self.status in {_UNAUTHORIZED, _FORBIDDEN}

    @property
    def tells_unknown_token(self) -> bool:
        """Whether a refused lookup-self means that Vault does not know the token."""
        return self.is_refusal and (self.words == _REFUSED or any(each in self.words for each in _UNKNOWN_TOKEN))

    @property
    def tells_no_namespace(self) -> bool:
        """Whether Vault says that there is no such namespace."""
        return self.is_own and _NO_NAMESPACE in self.words

    def data(self) -> dict[str, Any]:
        """Return the `data` of a success. Raises VaultUnreachable if there is none: the answer is not from Vault."""
        found = (self.document or {}).get("data")
        if not isinstance(found, dict):
            raise no_vault(self)
        return found


def no_vault(answer: VaultResponse) -> VaultUnreachable:
    """Make the error for a server that is not Vault."""
    path = shown(answer.path)
    how = "" if answer.status == _NOT_FOUND else ", but not in Vault's format"
    hint = "is VAULT_ADDR the address of Vault itself, or does a proxy or gateway answer in its place?"
    if answer.namespace:
        hint = f"does the namespace {shown(answer.namespace)} exist? {hint}"
    words = f"this is not Vault: {path} answers {answer.status}{how}, at {answer.address}"
    return VaultUnreachable(words, hint=hint, path=answer.path, status=answer.status)


def no_namespaces(answer: VaultResponse) -> PathNotFound:
    """Make the error for a server without namespaces, which answers for its root."""
    message = f"namespace not found: {shown(answer.namespace)}"
    hint = f"Vault at {answer.address} has no namespaces (community edition): unset VAULT_NAMESPACE"
    return PathNotFound(message, hint=hint, path=answer.path, status=answer.status)


def is_of_root(table: Mapping[str, Any]) -> bool:
    """Whether a table of mounts is from the root namespace; in others the built-in mounts have special types."""
    return any(
        isinstance(mount := table.get(name), dict) and mount.get("type") == kind for name, kind in _EVERYWHERE.items()
    )


def failure_of(answer: VaultResponse, *, is_token_known: bool) -> Failure:
    """Make the error for an unsuccessful answer. `is_token_known` False: the token is unknown or has expired."""
    path, status, at, words = answer.path, answer.status, answer.address, answer.words
    name = shown(path)
    if answer.wants_tls:
        return VaultUnreachable(f"Vault at {at} {SPEAKS_TLS.what}", hint=SPEAKS_TLS.hint, path=path, status=status)
    if _TOO_LARGE in words:  # by a 500, which no later try would change
        message = f"the data for {name} is larger than one entry of Vault's storage may be: {words}"
        hint = "the limit of DynamoDB is 400 KB: split the data"
        return PathRefused(message, hint=hint, path=path, status=status)
    if answer.is_own and status in _SEALED:
        message = f"Vault at {at} is sealed or not initialised: {words}"
        return VaultSealed(message, hint="unseal it", path=path, status=status)
    if status in _SERVER_ERRORS or status in _LATER:
        what = words if answer.is_own else f"{status}, but not in Vault's format: a proxy or gateway answers"
        return VaultUnreachable(f"Vault at {at} cannot answer now: {what}", hint="try again", path=path, status=status)
    if not answer.is_own and not answer.is_absent:
        return no_vault(answer)
    if answer.tells_no_namespace:
        message = f"namespace not found: {shown(answer.namespace)}"
        hint = f"fix VAULT_NAMESPACE or --vault-namespace; Vault at {at} has no such namespace"
        return PathNotFound(message, hint=hint, path=path, status=status)
    if status == _NOT_FOUND:
        message = f"there is nothing at {name} on {at}: {words}"
        return PathNotFound(message, hint="fix the path; or is this another server?", path=path, status=status)
    if answer.is_refusal and not is_token_known:
        message = f"Vault at {at} does not know the token, or it has expired: {words}"
        hint = "log in again: the token is from --vault-token-file, VAULT_TOKEN or ~/.vault-token"
        return PathRefused(message, hint=hint, path=path, status=status)
    if answer.is_refusal:
        return PathRefused(
            f"Vault refuses {name}: {words}", hint="use a token with more rights", path=path, status=status
        )
    return PathRefused(
        f"Vault rejects the data for {name}: {words}", hint="see Vault's API documentation", path=path, status=status
    )
