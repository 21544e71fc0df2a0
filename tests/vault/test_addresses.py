"""What may be given as the address of a Vault or a proxy, row by row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.addresses import address_problem, origin_of, proxy_problem


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("https://vault:8200", ""),
        ("https://vault:8200/", ""),
        ("HTTPS://Vault.example.org", ""),
        ("http://127.0.0.1:8200", ""),
        ("https://[::1]:8200", ""),
        ("", "is empty"),
        ("127.0.0.1:18200", "https:// or http://"),
        ("vault", "https:// or http://"),
        ("unix:///run/vault.sock", "neither https:// nor http://"),
        ("https://", "no host"),
        ("https://:8200", "no host"),
        ("https://vault:0", "no host"),
        ("https://vault:x", "valid host and port"),
        ("https://vault:99999", "valid host and port"),
        ("https://[::1:8200", "valid host and port"),
        ("https://vault:8200/v1", "the path /v1 or /ui; write https://vault:8200"),
        ("https://vault:8200/ui/", "write https://vault:8200"),
        ("https://vault:8200?a=b", "write https://vault:8200"),
        ("https://vault:8200#x", "write https://vault:8200"),
        ("https://me:pw@vault:8200", "contains a user name or password"),
        ("https://vault :8200", "an invalid character"),
        ("https://vault\x1b[2J:8200", "an invalid character"),
        ("https://tresor.é:8200", "an invalid character"),
    ],
)
def test_addresses(address: str, says: str) -> None:
    """What is none says what to write, and never shows a password."""
    problem = address_problem(address)
    assert (says in problem) if says else problem == ""
    assert "pw" not in problem
    assert proxy_problem(address.replace("https://", "https://me:pw@")) == problem or "@" in address


@given(st.text(max_size=40).map(lambda text: f"https://{text}") | st.text(max_size=40))
def test_any_text(address: str) -> None:
    """Any text is an address, of which scheme, host and port are all there is, or has one printable problem."""
    problem = address_problem(address)
    assert problem.isprintable()
    if not problem:
        assert origin_of(address).lower() == address.rstrip("/").lower()
