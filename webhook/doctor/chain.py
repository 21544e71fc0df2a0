"""Inspect a served certificate without its key: names, validity, and whether an authority signed it.

Only signatures are verified; a dry-run call shows the other requirements of a caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature

_LONGEST = 8


@dataclass(frozen=True, slots=True)
class Chain:
    """A leaf certificate and its intermediates. `names` are its DNS names."""

    certificates: tuple[x509.Certificate, ...]
    names: frozenset[str]
    begins: datetime
    ends: datetime

    def serves(self, host: str) -> bool:
        """Whether it is valid for this name; a wildcard matches one label."""
        return not self.names.isdisjoint({host, f"*.{host.partition('.')[2]}"})

    def leads_to(self, bundle: bytes) -> bool:
        """Whether one of these certificates (PEM) signed it, directly or through its intermediates."""
        known = _parse(bundle)
        at = self.certificates[0]
        for _ in range(_LONGEST):
            if any(_signed(at, each) for each in known):
                return True
            following = next((each for each in self.certificates[1:] if each != at and _signed(at, each)), None)
            if following is None:
                return False
            at = following
        return False


def parse_chain(pem: bytes) -> Chain | None:
    """Parse a chain, leaf first. None: it contains no certificate."""
    certificates = _parse(pem)
    if not certificates:
        return None
    leaf = certificates[0]
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = frozenset(found.get_values_for_type(x509.DNSName))
    except (x509.ExtensionNotFound, ValueError):
        names = frozenset()
    return Chain(certificates, names, leaf.not_valid_before_utc, leaf.not_valid_after_utc)


def _parse(pem: bytes) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        return ()


def _signed(certificate: x509.Certificate, signer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(signer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
