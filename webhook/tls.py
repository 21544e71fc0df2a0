"""Rule: the serving certificate: read from files, and fit to serve or not."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from webhook.errors import SettingsInvalid


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its key, loaded for serving, and the time between whose ends it may be used."""

    context: ssl.SSLContext
    not_before: datetime
    not_after: datetime

    def problem(self, now: datetime) -> str | None:
        """Say why it cannot be used at a time, or None if it can."""
        if now < self.not_before:
            return f"the certificate is not valid before {self.not_before.isoformat()}"
        if now >= self.not_after:
            return f"the certificate ended at {self.not_after.isoformat()}"
        return None


def read_certificate(certificate_file: str, key_file: str) -> Certificate:
    """Read a certificate chain and its key, in PEM. Raises SettingsInvalid naming the file and what is wrong."""
    try:
        leaf = x509.load_pem_x509_certificates(Path(certificate_file).read_bytes())[0]
    except (OSError, ValueError) as error:
        raise SettingsInvalid([f"OMAMORI_TLS_CERTIFICATE_FILE: {certificate_file}: {_words(error)}"]) from None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # a key with a passphrase would ask on the terminal; "" makes it an error
        context.load_cert_chain(certificate_file, key_file, password="")
    except (OSError, ssl.SSLError) as error:
        raise SettingsInvalid([f"OMAMORI_TLS_KEY_FILE: {key_file}: {_words(error)}"]) from None
    return Certificate(context, leaf.not_valid_before_utc, leaf.not_valid_after_utc)


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return f"the key cannot be used with the certificate ({error.reason})"
    return error.strerror or "cannot be read" if isinstance(error, OSError) else "holds no certificate in PEM"
