"""The client certificate of a session: shown to the Vault in TLS, and with the auth kind `cert` the login itself.

It is read when a session begins, so a sidecar takes a renewed one at its next login. A session keeps the one that it
has logged in with: Vault renews such a token only to who shows the same certificate.
"""

from __future__ import annotations

from vault.contract.errors import LoginRefused, PlanInvalid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from vault.agent.api.responses import Answer
    from vault.agent.api.tls import Context
    from vault.contract import plan as contract
    from vault.contract.errors import Failure

_MISMATCH = "KEY_VALUES_MISMATCH"
_TRIES = 2  # the kubelet may exchange both files between the reading of one and the other


def load_certificate(context: Context, login: contract.Session) -> None:
    """Load the chain and the key. Raises PlanInvalid, without anything that is in the files."""
    certificate, key = login.client_certificate_file, login.client_key_file
    for path, what in ((certificate, "certificate"), (key, "key")):
        try:
            with open(path, "rb") as file:
                file.read(1)
        except OSError as error:
            raise _invalid(login, f"the {what} cannot be read from {path}: {error.strerror}") from None
    for tries in range(1, _TRIES + 1):
        try:
            context.load_cert_chain(certificate, key, _no_password)
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or ""
            if reason == _MISMATCH and tries < _TRIES:
                continue
            raise _invalid(login, _words(error, reason, certificate, key)) from None
        return


def refused(login: contract.Session, path: str, answer: Answer) -> Failure:
    """Make the error of a login that Vault refuses."""
    role = f"the role {login.certificate_role}" if login.certificate_role else "any role"
    return LoginRefused(
        f"Vault does not accept this client certificate: {answer.words or 'no reason given'}",
        hint=f"is the method cert enabled at auth/{login.auth_mount}, does {role} of it have the certificate's CA, "
        "is the certificate in date and for clients, and does TLS reach Vault itself, without a proxy that ends it?",
        vault=login.vault,
        role=login.certificate_role,
        path=path,
        status=answer.status,
    )


def _words(error: Exception, reason: str, certificate: str, key: str) -> str:
    if isinstance(error, _Encrypted):
        return f"the key in {key} is encrypted with a password, and omamori has none"
    if reason == _MISMATCH:
        return f"the key in {key} is not that of the certificate in {certificate}"
    weak = f": {reason.replace('_', ' ').lower()}" if reason.endswith(("TOO_SMALL", "TOO_WEAK")) else ""
    return f"{certificate} and {key} are no certificate and key in PEM that TLS can use{weak}"


def _invalid(login: contract.Session, words: str) -> PlanInvalid:
    return PlanInvalid(
        f"the client certificate cannot be used: {words}",
        hint="has the Secret (_CLIENT_SECRET of omamori's settings, or vault.hashicorp.com/tls-secret) both files, in "
        "PEM, the certificate before its chain, and the key without a password?",
        vault=login.vault,
    )


class _Encrypted(ValueError):
    """OpenSSL asks for a password, which it would otherwise do at a terminal."""


def _no_password() -> NoReturn:
    raise _Encrypted
