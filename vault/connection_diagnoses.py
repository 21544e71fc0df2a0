"""Explain why a Vault does not answer: a table with a row for each cause.

A connection error is a chain of nested errors; a row inspects all of them. Messages contain no class names and nothing
of what was sent.
"""

from __future__ import annotations

import errno
import http.client
import os
import socket
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import urllib3

from vault.timelimit import TimeLimitReached

_MOST_CAUSES = 20
_CA = "--vault-ca-file or VAULT_CACERT (REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE are not used)"
# https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
_NOT_YET, _EXPIRED, _NAMES, _UNKNOWN = {9}, {10}, {62, 63, 64}, {2, 18, 19, 20, 21, 24, 26, 33}
# https://docs.openssl.org/3.0/man3/SSL_get_error/: TLS errors for bytes that are not TLS
_NOT_TLS = {
    *("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL"),
}
_ASKS_CERTIFICATE = {
    *("TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_BAD_CERTIFICATE", "SSLV3_ALERT_HANDSHAKE_FAILURE"),
}

Causes = tuple[BaseException, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong, as a continuation of "Vault at ADDRESS", and what to do about it."""

    what: str
    hint: str


@dataclass(frozen=True, slots=True)
class Row:
    """One cause: how it is recognised, and its diagnosis. `{address}` in the texts is the called address."""

    name: str
    is_it: Callable[[Causes, str], bool]
    what: str
    hint: str


def _any(kind: type[BaseException] | tuple[type[BaseException], ...]) -> Callable[[Causes, str], bool]:
    return lambda causes, _: any(isinstance(each, kind) for each in causes)


def _verified(codes: set[int]) -> Callable[[Causes, str], bool]:
    return lambda causes, _: any(
        isinstance(each, ssl.SSLCertVerificationError) and getattr(each, "verify_code", None) in codes
        for each in causes
    )


def _tls(reasons: set[str]) -> Callable[[Causes, str], bool]:
    return lambda causes, _: any(
        isinstance(each, ssl.SSLError) and getattr(each, "reason", None) in reasons for each in causes
    )


def _hung_up_on_http(causes: Causes, address: str) -> bool:
    is_end = any(isinstance(each, http.client.RemoteDisconnected | ConnectionResetError) for each in causes)
    return is_end and address.startswith("http://")


_NOT_REACHED = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL)

ROWS = (
    Row("expired", _verified(_EXPIRED), "has a certificate that has expired", "renew it; is the clock here right?"),
    Row("not yet", _verified(_NOT_YET), "has a certificate that is not valid yet", "is the clock here right?"),
    Row(
        "name",
        _verified(_NAMES),
        "has a certificate that is not for the host of this address",
        "use an address that the certificate names, or renew it with this name",
    ),
    Row("unknown CA", _verified(_UNKNOWN), "has a certificate of a CA that is not trusted", f"give its CA: {_CA}"),
    Row("other", _any(ssl.SSLCertVerificationError), "has a certificate that is not trusted", f"give its CA: {_CA}"),
    Row(
        "not TLS",
        _tls(_NOT_TLS),
        "does not speak TLS: this is a plain HTTP port or another service",
        "write http:// if this is a Vault without TLS, else the right port",
    ),
    Row(
        "client certificate",
        _tls(_ASKS_CERTIFICATE),
        "aborts the TLS handshake: it may require a client certificate, or another TLS version",
        "use a listener without client certificates",
    ),
    Row(
        "hung up in TLS",
        _any((ssl.SSLEOFError, ssl.SSLZeroReturnError)),  # the latter by Python before 3.11.4
        "closes the connection before the answer is complete",
        "try again; is this the port of Vault's API, and does it work without a client certificate?",
    ),
    Row("TLS", _any(ssl.SSLError), "cannot agree on TLS with this client", "is this the port of Vault's API?"),
    Row(
        "no such host",
        _any((socket.gaierror, UnicodeError)),
        "cannot be found: there is no such host",
        "is the name in VAULT_ADDR or --vault-address right, and does it resolve here?",
    ),
    Row(
        "refused",
        _any(ConnectionRefusedError),
        "does not answer: the connection is refused",
        "is it up, and the port right?",
    ),
    Row(
        "timed out",
        _any((TimeoutError, TimeLimitReached, urllib3.exceptions.TimeoutError)),
        "does not answer: it timed out",
        "is it up, and does no firewall block it? --timeout or VAULT_CLIENT_TIMEOUT waits longer",
    ),
    Row(
        "no way",
        lambda causes, _: any(isinstance(each, OSError) and each.errno in _NOT_REACHED for each in causes),
        "cannot be reached: there is no route to its network",
        "is the address right, and does it need a VPN or a proxy?",
    ),
    Row(
        "TLS expected",
        _hung_up_on_http,
        "closes the connection without an answer: it may expect TLS",
        "write https:// if it does",
    ),
    Row(
        "hung up",
        _any((http.client.RemoteDisconnected, ConnectionError, http.client.IncompleteRead)),
        "closes the connection before the answer is complete",
        "try again; is this the port of Vault's API, and does it work without a client certificate?",
    ),
    Row(
        "not HTTP",
        _any(http.client.HTTPException),
        "does not speak HTTP: this is the port of another service",
        "is the port right?",
    ),
)
SPEAKS_TLS = Diagnosis("speaks TLS: this address is plain HTTP", "write https:// in VAULT_ADDR or --vault-address")
_ELSE = Diagnosis("gives no usable answer", "is it up, and the address right?")


def diagnose(error: BaseException, address: str) -> Diagnosis:
    """Return why a call to an address has failed. There is always a diagnosis."""
    causes = _causes(error)
    row = next((each for each in ROWS if each.is_it(causes, address)), None)
    return _ELSE if row is None else Diagnosis(row.what, row.hint)


def file_words(error: OSError | ValueError) -> str:
    """Return why a file cannot be read."""
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    return "it is not text"


def _causes(error: BaseException) -> Causes:
    """Return an error and all errors nested in it."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting and len(found) < _MOST_CAUSES:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and not _is_in(each, found):
            found.append(each)
            waiting += [getattr(each, "reason", None), *each.args, each.__cause__, each.__context__]
    return tuple(found)


def _is_in(error: BaseException, errors: Iterable[BaseException]) -> bool:
    return any(error is each for each in errors)
