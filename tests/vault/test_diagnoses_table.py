"""The table of reasons why a Vault does not answer: each row is found, however deep its error lies."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl

import pytest
import requests
from urllib3.exceptions import MaxRetryError, ProtocolError

from tests.vault.test_diagnoses import CLASS_NAME
from vault.connection_diagnoses import ROWS, Row, diagnose


def _unverified(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError("theirs")
    error.verify_code = code
    return error


def _tls(reason: str) -> ssl.SSLError:
    error = ssl.SSLError("theirs")
    error.reason = reason
    return error


OF_ROWS: dict[str, tuple[BaseException, str]] = {
    "expired": (_unverified(10), "https"),
    "not yet": (_unverified(9), "https"),
    "name": (_unverified(64), "https"),
    "unknown CA": (_unverified(20), "https"),
    "other": (_unverified(66), "https"),
    "not TLS": (_tls("WRONG_VERSION_NUMBER"), "https"),
    "client certificate": (_tls("TLSV13_ALERT_CERTIFICATE_REQUIRED"), "https"),
    "hung up in TLS": (ssl.SSLEOFError("theirs"), "https"),
    "TLS": (_tls("TLSV1_ALERT_PROTOCOL_VERSION"), "https"),
    "no such host": (socket.gaierror(-2, "theirs"), "https"),
    "refused": (ConnectionRefusedError(111, "theirs"), "https"),
    "timed out": (TimeoutError("theirs"), "https"),
    "no way": (OSError(errno.ENETUNREACH, "theirs"), "https"),
    "TLS expected": (http.client.RemoteDisconnected("theirs"), "http"),
    "hung up": (ConnectionResetError(104, "theirs"), "https"),
    "not HTTP": (http.client.BadStatusLine("theirs"), "https"),
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_row_is_found(row: Row) -> None:
    """However deep the reason is in what libraries make of it; their words are not told."""
    reason, scheme = OF_ROWS[row.name]
    wrapped = requests.ConnectionError(MaxRetryError(None, "/v1/secret?token=s3cr3t", ProtocolError("theirs", reason)))  # type: ignore[arg-type]
    for error in (reason, wrapped):
        found = diagnose(error, f"{scheme}://vault:8200")
        assert (found.what, found.hint) == (row.what, row.hint)
    assert set(OF_ROWS) == {each.name for each in ROWS}
    assert "gives no usable answer" in diagnose(ValueError("theirs"), "https://vault").what


def test_refusals_name_no_class() -> None:
    """Each row of the table has words for people, and says what to do."""
    for row in ROWS:
        assert not CLASS_NAME.search(f"{row.what} {row.hint}"), row.name
        assert row.hint
    assert len({row.name for row in ROWS}) == len(ROWS)
