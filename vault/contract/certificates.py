r"""Extract the certificates of a CA bundle from any surrounding text, and write them in clean PEM.

Bundles come from many hands: comments in any encoding, a byte order mark, line ends of DOS, blocks that are glued
together or indented, revocation lists and parameters beside the certificates. OpenSSL fails on some of this, and
silently skips certificates in other cases. So this module finds the blocks and parses each certificate.

A bundle with a private key is refused as a whole, because it was not meant to be distributed.
"""

from __future__ import annotations

import _ssl  # by its C code: the program in the Pod has no other use for ssl (docs/decisions/027)
import binascii

from vault.contract.errors import CertificatesInvalid
from vault.contract.shown import shown

_BEGIN = "-----BEGIN "
_END = "-----END "
_DASHES = "-----"
_CERTIFICATES = ("CERTIFICATE", "X509 CERTIFICATE")
_LINE_CHARACTERS = 64


def certificates_in(bundle: str | bytes) -> str:
    """Return the certificates of a bundle in PEM, in their order, each once, and nothing else: ASCII.

    Raises CertificatesInvalid, a ValueError whose words go behind the name of a file or variable ("holds a private
    key: …"): for a private key, for a block that is no certificate, by its number, and where there is none.
    """
    text = bundle.decode("latin-1") if isinstance(bundle, bytes) else bundle
    pieces = [piece.partition(_DASHES) for piece in text.split(_BEGIN)[1:]]
    if f"PRIVATE KEY{_DASHES}" in text or any("PRIVATE KEY" in label for label, _, _ in pieces):
        raise CertificatesInvalid("holds a private key: give only the certificates, and treat that key as leaked")
    found: dict[bytes, None] = {}
    for number, (label, dashes, rest) in enumerate(pieces, 1):
        if "CERTIFICATE" not in label:
            continue  # a revocation list, parameters, a public key: nobody is hurt
        if label not in _CERTIFICATES:
            raise CertificatesInvalid(f"has a block {number} that is not a certificate, but: {shown(label, 40)}")
        body, end, _ = rest.partition(f"{_END}{label}{_DASHES}")
        if not dashes or not end:
            raise CertificatesInvalid(
                f"has a block {number} that does not end: the line '{_END}{label}{_DASHES}' is missing"
            )
        found[_certificate(body, number)] = None
    if not found:
        raise CertificatesInvalid(f"has no certificate in PEM, which begins with '{_BEGIN}CERTIFICATE{_DASHES}'")
    return "".join(map(_rendered, found))


def _certificate(body: str, number: int) -> bytes:
    try:
        der = binascii.a2b_base64("".join(body.split()), strict_mode=True)
    except ValueError:
        raise CertificatesInvalid(f"has a block {number} that is not base64") from None
    context = _ssl._SSLContext(_ssl.PROTOCOL_TLS_CLIENT)  # noqa: SLF001 - it has no other name
    try:
        context.load_verify_locations(cadata=der)
    except (_ssl.SSLError, ValueError):
        raise CertificatesInvalid(f"has a block {number} that is labelled a certificate but is not one") from None
    return der


def _rendered(der: bytes) -> str:
    encoded = binascii.b2a_base64(der, newline=False).decode()
    lines = [encoded[at : at + _LINE_CHARACTERS] for at in range(0, len(encoded), _LINE_CHARACTERS)]
    return "\n".join([f"{_BEGIN}CERTIFICATE{_DASHES}", *lines, f"{_END}CERTIFICATE{_DASHES}", ""])
