"""A CA bundle: its certificates are taken out of anything, written anew, and nothing else goes on."""

from __future__ import annotations

import ssl
import textwrap
from collections.abc import Callable

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from tests.support.canary import Canary, occurrences
from vault.contract.certificates import certificates_in
from vault.contract.errors import CertificatesInvalid

FIRST, SECOND = (trustme.CA(key_type=trustme.KeyType.ECDSA).cert_pem.bytes().decode() for _ in range(2))
BOTH = FIRST + SECOND
CRL = "-----BEGIN X509 CRL-----\nMAo=\n-----END X509 CRL-----\n"
PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"


@pytest.mark.parametrize(
    ("bundle", "expected"),
    [
        (BOTH, BOTH),
        (FIRST + FIRST, FIRST),
        (FIRST.strip() + SECOND, BOTH),
        (FIRST.strip() + SECOND.strip(), BOTH),
        (textwrap.indent(BOTH, "  "), BOTH),
        (textwrap.indent(BOTH, "\t"), BOTH),
        (BOTH.replace("\n", "\r\n"), BOTH),
        (BOTH.replace("\n", "\r"), BOTH),
        ("\ufeff" + BOTH, BOTH),
        ("# Főtanúsítvány\n" + BOTH, BOTH),
        (("# Főtanúsítvány\n" + BOTH).encode(), BOTH),
        (b"\xef\xbb\xbf" + BOTH.encode(), BOTH),
        ("# für alle\n".encode("latin-1") + BOTH.encode(), BOTH),
        (b"\xff\xfe\x00" + BOTH.encode() + b"\x00", BOTH),
        ("subject=CN=a PRIVATE KEY is not here\n" + FIRST + "bye", FIRST),
        (FIRST.replace("CERTIFICATE", "X509 CERTIFICATE"), FIRST),
        (CRL + FIRST + PARAMETERS + SECOND, BOTH),
    ],
)
def test_certificates_are_taken_out_and_written_anew(bundle: str | bytes, expected: str) -> None:
    """Whatever stands around them, the certificates come out as PEM in their order, each once."""
    assert certificates_in(bundle) == expected
    assert certificates_in(expected) == expected


@pytest.mark.parametrize(
    ("bundle", "words"),
    [
        ("", "has no certificate in PEM"),
        ("x", "has no certificate in PEM"),
        (CRL, "has no certificate in PEM"),
        (b"\x30\x82\x01\x0a", "has no certificate in PEM"),
        (FIRST + SECOND.replace("-----END CERTIFICATE-----", ""), "has a block 2 that does not end"),
        (FIRST + "-----BEGIN CERTIFICATE", "has a block 2 that does not end"),
        (
            FIRST + "-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----",
            "a block 2 that is labelled a certificate",
        ),
        (FIRST + "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", "a block 2 that is labelled a certificate"),
        (FIRST.replace("M", "é", 1), "has a block 1 that is not base64"),
        (FIRST.replace("\n", "\\n"), "has a block 1 that is not base64"),
        (
            CRL + FIRST.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
            "has a block 2 that is not a certificate, but: TRUSTED",
        ),
        (
            FIRST.replace("CERTIFICATE", "CERTIFICATE REQUEST"),
            "has a block 1 that is not a certificate, but: CERTIFICATE R",
        ),
    ],
)
def test_what_is_no_certificate_is_told_by_its_number(bundle: str | bytes, words: str) -> None:
    """A block that nobody could use is named where the bundle is read first, not by every Pod."""
    with pytest.raises(CertificatesInvalid, match=words):
        certificates_in(bundle)


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "ENCRYPTED ", "OPENSSH ", "DSA "])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda block: block,
        lambda block: textwrap.indent(block, "  "),
        lambda block: block.strip(),
        lambda block: block.rpartition("-----END")[0],
        lambda block: block.replace("-----BEGIN ", "----BEGIN "),
    ],
)
def test_a_bundle_with_a_private_key_is_refused(kind: str, spoil: Callable[[str], str]) -> None:
    """Of every kind, at either end, whole or spoilt: and no letter of the key is in the message."""
    canary = Canary.plain()
    key = spoil(f"-----BEGIN {kind}PRIVATE KEY-----\n{canary.value}\n-----END {kind}PRIVATE KEY-----\n")
    for bundle in (key + FIRST, FIRST + key):
        with pytest.raises(CertificatesInvalid, match="holds a private key") as error:
            certificates_in(bundle)
        assert occurrences(canary, str(error.value).encode()) == ()


@given(
    st.binary()
    | st.lists(st.sampled_from([FIRST, SECOND, "-----BEGIN ", "-----END ", "CERTIFICATE-----", "\n", "MAo="])).map(
        "".join
    )
)
def test_any_bundle_gives_usable_certificates_or_our_error(bundle: bytes | str) -> None:
    """What comes out is ASCII that OpenSSL loads as it is."""
    try:
        found = certificates_in(bundle)
    except CertificatesInvalid as error:
        assert str(error).isprintable()
        return
    assert set(found.split("\n")) <= set(BOTH.split("\n"))
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=found)
