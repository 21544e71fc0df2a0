"""The serving certificate: read from files, validated, and reloaded while connections stay open.

Facts
- Loading a certificate into an SSLContext affects only new handshakes; open connections keep theirs.
- The kubelet replaces both files of a Secret at once, but between reading one and the other they may change: what is
  tried and what is loaded must be the same bytes, so both go through memory (memfd), not through the paths again.
"""

from __future__ import annotations

import hashlib
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509


class CertificateUnusable(Exception):
    """The files contain no usable certificate. `variable` is the setting that names the file."""

    def __init__(self, variable: str, message: str) -> None:
        """Say which file and what is wrong with it."""
        super().__init__(f"OMAMORI_{variable} {message}")


@dataclass(frozen=True, slots=True)
class Certificate:
    """The validity of the certificate, and a digest of its files."""

    not_before: datetime
    not_after: datetime
    digest: bytes

    def problem(self, now: datetime) -> str | None:
        """Return why it is unusable at a time, or None."""
        if now < self.not_before:
            return f"the certificate is not valid before {self.not_before.isoformat()}"
        if now >= self.not_after:
            return f"the certificate expired at {self.not_after.isoformat()}"
        return None


class ServingCertificate:
    """The certificate for new connections. `context` lives as long as the server, `current` is what it contains."""

    def __init__(self, certificate_file: str, key_file: str, client_ca_file: str = "") -> None:
        """Read the files. Raises CertificateUnusable.

        With a client CA, callers may present a certificate of it; one of another CA ends the handshake. Only /mutate
        requires one, because the kubelet's probes have none.
        """
        self._certificate_file = certificate_file
        self._key_file = key_file
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        if client_ca_file:
            try:
                self.context.load_verify_locations(cafile=client_ca_file)
            except (OSError, ssl.SSLError) as error:
                raise CertificateUnusable("TLS_CLIENT_CA_FILE", f"{client_ca_file!r} {_words(error)}") from None
            self.context.verify_mode = ssl.CERT_OPTIONAL
        self.current = self._load()

    def reload(self) -> bool:
        """Reload the files if they have changed. Raises CertificateUnusable; the old certificate then stays in use."""
        if self._digest(*self._read()) == self.current.digest:
            return False
        self.current = self._load()
        return True

    def _load(self) -> Certificate:
        chain, key = self._read()
        try:
            leaf = x509.load_pem_x509_certificates(chain)[0]
        except ValueError:
            raise CertificateUnusable(
                "TLS_CERTIFICATE_FILE", f"{self._certificate_file!r} holds no certificate in PEM"
            ) from None
        with _as_file(chain) as chain_path, _as_file(key) as key_path:
            for context in (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self.context):  # the first only tries it
                try:
                    # OpenSSL would prompt for the passphrase of a key; "" makes it an error
                    context.load_cert_chain(chain_path, key_path, password="")
                except (OSError, ssl.SSLError) as error:
                    raise CertificateUnusable("TLS_KEY_FILE", f"{self._key_file!r} {_words(error)}") from None
        return Certificate(leaf.not_valid_before_utc, leaf.not_valid_after_utc, self._digest(chain, key))

    def _read(self) -> tuple[bytes, bytes]:
        return (
            _read_file("TLS_CERTIFICATE_FILE", self._certificate_file),
            _read_file("TLS_KEY_FILE", self._key_file),
        )

    @staticmethod
    def _digest(chain: bytes, key: bytes) -> bytes:
        return hashlib.sha256(len(chain).to_bytes(8) + chain + key).digest()


def _read_file(variable: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise CertificateUnusable(variable, f"{path!r} {_words(error)}") from None


@contextmanager
def _as_file(contents: bytes) -> Iterator[str]:
    """Return a path from which OpenSSL reads bytes that exist only in memory."""
    descriptor = os.memfd_create("omamori-tls")
    try:
        os.write(descriptor, contents)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _words(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return f"cannot be used with the certificate: {error.reason or 'it has no private key'}"
    return f"cannot be read: {error.strerror}"
