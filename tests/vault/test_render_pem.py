"""The format pem-bundle: what PKI gives in one file."""

from __future__ import annotations

from typing import Any

import pytest

from vault.agent.render.files import render_files
from vault.contract.errors import NotRepresentable
from vault.contract.plan import Output


def _pem(kind: str, text: str) -> str:
    return f"-----BEGIN {kind}-----\n{text}\n-----END {kind}-----"


KEY, CERTIFICATE = _pem("RSA PRIVATE KEY", "key"), _pem("CERTIFICATE", "leaf")
MIDDLE, ROOT = _pem("CERTIFICATE", "middle"), _pem("CERTIFICATE", "root")
ISSUED = {
    "private_key": KEY,
    "certificate": CERTIFICATE,
    "ca_chain": [MIDDLE, ROOT],
    "issuing_ca": MIDDLE,
    "serial": "1",
}


def _render(values: dict[str, Any], key: str | None = None) -> str:
    output = Output(directory="/d", name="f", mode="0400", format="pem-bundle", key=key, annotation="a")
    [file] = render_files(output, values)
    return file.contents.reveal().decode()


@pytest.mark.parametrize(
    ("values", "key", "expected"),
    [
        (ISSUED, None, [KEY, CERTIFICATE, MIDDLE, ROOT]),
        ({**ISSUED, "ca_chain": None}, None, [KEY, CERTIFICATE, MIDDLE]),
        ({"certificate": CERTIFICATE + "\n", "issuing_ca": ROOT}, None, [CERTIFICATE, ROOT]),
        (ISSUED, "ca_chain", [MIDDLE, ROOT]),
        (ISSUED, "private_key", [KEY]),
    ],
)
def test_pieces_come_in_order(values: dict[str, Any], key: str | None, expected: list[str]) -> None:
    """Key, certificate and chain, each ended by one line end; or one of them."""
    assert _render(values, key) == "".join(f"{each}\n" for each in expected)


def test_full_chain() -> None:
    """Certificate and chain, and no key."""
    output = Output(directory="/d", name="f", mode="0444", format="fullchain", annotation="a")
    # with format=pem_bundle PKI puts the key in front of the certificate, too
    for certificate in (CERTIFICATE, f"{KEY}\n{CERTIFICATE}", f"noise\n{CERTIFICATE}\n{KEY}"[6:]):
        [file] = render_files(output, {**ISSUED, "certificate": certificate})
        assert file.contents.reveal().decode() == f"{CERTIFICATE}\n{MIDDLE}\n{ROOT}\n"
    for values in ({"certificate": KEY}, {"certificate": "-----BEGIN CERTIFICATE-----"}):
        with pytest.raises(NotRepresentable):
            render_files(output, values)


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"a": "b"}, None),
        ({"": "b"}, ""),
        ({"certificate": "x", "ca_chain": 5}, None),
        ({"a": "b"}, "a"),
        ({"a": [1]}, "a"),
        ({"a": []}, "a"),
    ],
)
def test_what_is_no_pem_is_refused(values: dict[str, Any], key: str | None) -> None:
    """A secret of another kind names its key and another way, and no value."""
    with pytest.raises(NotRepresentable, match="has no text in PEM") as refused:
        _render(values, key)
    assert refused.value.hint
