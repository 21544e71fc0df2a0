"""What PKI gives, as one PEM file: the private key or not, the certificate, and the chain up to the issuer's root.

Fact: `issue` and `sign` give `certificate`, `ca_chain` (a list; not where the issuer is a root) and `issuing_ca`, and
`issue` gives `private_key` (Vault's API, "PKI secrets engine").
"""

from __future__ import annotations

from vault.contract.errors import NotRepresentable
from vault.contract.shown import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

CERTIFICATES = ("CERTIFICATE", "X509 CERTIFICATE")
_BEGIN, _END, _DASHES = "-----BEGIN ", "-----END ", "-----"


def render_pem_bundle(key: str | None, value: Any) -> str:
    """Render a whole answer of PKI, or one key of it: a text in PEM, or a list of such. Raises NotRepresentable."""
    if key is not None:
        return _joined(key, value if isinstance(value, list) else [value])
    pieces = [value[name] for name in ("private_key", "certificate") if value.get(name)]
    chain = value.get("ca_chain")
    issuers = chain if isinstance(chain, list) and chain else [value.get("issuing_ca")]
    return _joined("certificate", [*pieces, *(each for each in issuers if each)])


def render_full_chain(key: str | None, value: Any) -> str:
    """Render the same without a private key, whatever is in it. Raises NotRepresentable.

    Fact: with `format=pem_bundle` PKI puts the key into `certificate`, in front of it.
    """
    chain = [
        f"{_BEGIN}{label}{_DASHES}{body}{_END}{label}{_DASHES}\n"
        for label, body in pem_blocks(key or "certificate", render_pem_bundle(key, value))
        if label in CERTIFICATES
    ]
    if not chain:
        raise NotRepresentable("there is no certificate in PEM, as fullchain needs", hint="take the format json or raw")
    return "".join(chain)


def pem_blocks(key: str, text: str) -> Iterator[tuple[str, str]]:
    """Give each block of a text in PEM (RFC 7468): its label, and what is in it, in base64. Raises NotRepresentable."""
    for piece in text.split(_BEGIN)[1:]:
        label, _, rest = piece.partition(_DASHES)
        body, end, _ = rest.partition(f"{_END}{label}{_DASHES}")
        if not end:
            raise NotRepresentable(f"the key {quoted(key)} has a block that is not whole PEM")
        yield label, body


def _joined(key: str, pieces: list[Any]) -> str:
    if not pieces or not all(isinstance(each, str) and each.lstrip().startswith(_BEGIN) for each in pieces):
        raise NotRepresentable(
            f"the key {quoted(key)} has no text in PEM, as pem-bundle and fullchain need",
            hint="take the format json or raw",
        )
    return "".join(f"{each.strip()}\n" for each in pieces)
