"""What goes into a key store: a private key as PKCS #8 with its certificates, or certificates that are trusted; in DER.

Of a whole secret it is what PKI gives: `private_key`, `certificate` (which may have its chain behind it) and
`ca_chain` or `issuing_ca`. Of one key of a secret it is the certificates in it, each to be trusted.

Facts: `issue` gives the key as PKCS #1 or SEC 1 unless it is asked for PKCS #8 (Vault's API, "PKI secrets engine",
private_key_format). PKCS #8 is an algorithm, and the same key in an OCTET STRING (RFC 5208, 5; RFC 5915, 3).
"""

from __future__ import annotations

import binascii

from vault.agent.render.keystore import der
from vault.agent.render.pem import CERTIFICATES, pem_blocks
from vault.agent.secret import Secret
from vault.contract.errors import KeyMissing, NotRepresentable
from vault.contract.shown import listed, quoted
from vault.contract.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_RSA = der.sequence(der.oid("1.2.840.113549.1.1.1"), der.NULL)
_EC = der.oid("1.2.840.10045.2.1")
_PARAMETERS = 0xA0  # of an EC key: which curve
_KEYS = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")


class Entries(Value):
    """A key (PKCS #8; b"" for none) with its chain, the key's own certificate first; or certificates to trust."""

    key: Secret[bytes]
    chain: tuple[bytes, ...]
    trusted: tuple[bytes, ...]


def entries_of(key: str | None, value: Any) -> Entries:
    """Return the entries of a whole secret, or of one key of it. Raises KeyMissing and NotRepresentable."""
    if key is None:
        return _key_entry(value)
    pieces = value if isinstance(value, list) else [value]
    trusted = _certificates(key, pieces)
    if not trusted:
        raise NotRepresentable(
            f"the key {quoted(key)} has no certificate in PEM to trust", hint="take the key of a CA's certificates"
        )
    return Entries(key=Secret(b""), chain=(), trusted=trusted)


def _key_entry(values: Mapping[str, Any]) -> Entries:
    for name in ("private_key", "certificate"):
        if not values.get(name):
            raise KeyMissing(
                f"the secret has no {quoted(name)}, which a key store needs",
                hint=(
                    f"it has: {listed(values) or 'no keys'}; rename= gives keys these names; a store of trusted "
                    "certificates is made of one key, such as #ca_chain"
                ),
            )
    found = values.get("ca_chain")
    issuers = found if isinstance(found, list) and found else [found or values.get("issuing_ca") or ""]
    chain = _certificates("certificate", [values["certificate"], *issuers])
    if not chain:
        raise NotRepresentable("the key 'certificate' has no certificate in PEM")
    return Entries(key=Secret(_private_key(values["private_key"])), chain=chain, trusted=())


def _certificates(name: str, pieces: list[Any]) -> tuple[bytes, ...]:
    """Return the certificates of texts in PEM, each once."""
    if not all(isinstance(each, str) for each in pieces):
        raise NotRepresentable(f"the key {quoted(name)} has no text in PEM, as a key store needs")
    found = (body for text in pieces for label, body in _blocks(name, text) if label in CERTIFICATES)
    return tuple(dict.fromkeys(found))


def _private_key(text: Any) -> bytes:
    blocks = [each for each in _blocks("private_key", text) if each[0] in _KEYS] if isinstance(text, str) else []
    if len(blocks) != 1:
        raise NotRepresentable(
            "the key 'private_key' has not one private key in PEM without a password",
            hint=f"it begins with -----BEGIN and one of: {', '.join(_KEYS)}",
        )
    ((label, body),) = blocks
    if label == "PRIVATE KEY":
        return body
    if label == "RSA PRIVATE KEY":
        return der.sequence(der.integer(0), _RSA, der.octets(body))
    try:
        _, fields, _ = der.read(body)
        curve = next(contents for tag, contents in der.read_all(fields) if tag == _PARAMETERS)
    except (ValueError, StopIteration):
        raise NotRepresentable("the key 'private_key' is an EC key that does not name its curve") from None
    return der.sequence(der.integer(0), der.sequence(_EC, curve), der.octets(body))


def _blocks(name: str, text: str) -> Iterator[tuple[str, bytes]]:
    """Give each block of PEM: its label, and what is in it."""
    for label, body in pem_blocks(name, text):
        try:
            octets = binascii.a2b_base64("".join(body.split()).encode("ascii"), strict_mode=True)
        except ValueError:
            octets = b""
        if not octets:
            raise NotRepresentable(f"the key {quoted(name)} has a block that is not whole PEM")
        yield label, octets
