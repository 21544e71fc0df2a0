"""The address of a Vault: which ones can be used, and as what."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.cases import read_cases
from vault.contract.origins import Origin, parse_origin

CASES = read_cases("origins.json", 30)


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["address"]))
def test_an_address_is_an_origin_or_none(case: dict[str, Any]) -> None:
    """Scheme, host and port come out as the table says; user names, odd ports and odd hosts make no address."""
    fields = {name: value for name, value in case.items() if name != "address"}
    expected = Origin(**fields) if fields else None

    assert parse_origin(case["address"]) == expected


@given(st.text(st.characters()) | st.text("htps:/[]@.1aé\0\r ", max_size=20).map(lambda rest: f"https://{rest}"))
def test_any_text_is_an_origin_or_none(text: str) -> None:
    """No text makes the parser fail, and a host has nothing that a header or the system could not take."""
    origin = parse_origin(text)

    if origin is not None:
        assert origin.host.isascii()
        assert origin.host.isprintable()
        assert not set(origin.host) & set(" @/?#[]\\")
        assert 1 <= origin.port <= 65535
