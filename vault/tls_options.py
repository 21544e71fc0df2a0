"""How the operator's commands speak TLS with Vault, beside its CA file: Vault's own variables say the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """`ca_directory` has certificates under their hashed names, as OpenSSL looks for them.

    `client_certificate` and `client_key` are shown to Vault. `server_name` is asked for, and has to be in the
    certificate, in the place of the host. `skips_verification`: any certificate is taken.
    """

    ca_directory: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None
    server_name: str = ""
    skips_verification: bool = False


USUAL_TLS = TlsOptions()
