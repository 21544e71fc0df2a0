"""HTTP transport for requests with the operator's token: one CA trust, no redirects except to the active node.

- One 307, as a standby sends it, is followed: from https to https, with the same trust and the same path. Any other
  redirect is refused with an error that names its target.
- As in Vault's own command, any certificate of the CA file is trusted, including a lone intermediate.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, InsecureRequestWarning, MaxRetryError, NameResolutionError, SSLError
from urllib3.exceptions import TimeoutError as TimedOut
from urllib3.util import Retry

from vault.addresses import address_problem, origin_of
from vault.connection_diagnoses import diagnose, file_words
from vault.contract.errors import VaultUnreachable
from vault.tls_options import USUAL_TLS, TlsOptions

# Vault is not ready: a standby lags behind, too many requests, the active node changes
_AGAIN = (412, 429, 500, 502)
_REDIRECTIONS = range(300, 400)
_FOLLOWED = 307
_MOST_CONNECTIONS = 16


def trusting(address: str, ca_file: Path | None, tls: TlsOptions = USUAL_TLS) -> ssl.SSLContext:
    """Make the TLS context. Raises VaultUnreachable for an invalid CA file, and for what `tls` names."""
    directory = None if tls.ca_directory is None else str(tls.ca_directory)
    if directory is not None and not Path(directory).is_dir():
        message = f"the CA directory {directory} for Vault at {origin_of(address)} is no directory"
        raise VaultUnreachable(message, hint="fix VAULT_CAPATH or --vault-ca-directory")
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file), capath=directory)
    except (OSError, ValueError) as error:
        is_read = isinstance(error, ssl.SSLError)
        words = "it has no certificate in PEM" if is_read else file_words(error)
        message = f"the CA file {ca_file} for Vault at {origin_of(address)} cannot be used: {words}"
        raise VaultUnreachable(message, hint="fix VAULT_CACERT or --vault-ca-file") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # which Python 3.13 sets, and Vault's own command has not
    if tls.client_certificate is not None:
        _load_client_certificate(context, tls.client_certificate, tls.client_key)
    if tls.skips_verification:
        urllib3.disable_warnings(InsecureRequestWarning)  # the command says it in its own words
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _load_client_certificate(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    """Load what is shown to Vault; without a key file it is beside the certificate. Raises VaultUnreachable."""
    try:
        context.load_cert_chain(certificate, key, _no_password)
    except (OSError, ValueError) as error:
        words = "they are no certificate and its key in PEM"
        if not isinstance(error, ssl.SSLError):
            words = file_words(error) if isinstance(error, OSError) else str(error)
        message = f"the client certificate {certificate} and its key {key or certificate} cannot be used: {words}"
        raise VaultUnreachable(message, hint="fix VAULT_CLIENT_CERT and VAULT_CLIENT_KEY") from None


def _no_password() -> str:
    """Refuse: OpenSSL would ask for it at the terminal."""
    raise ValueError("the key is encrypted with a password")


class Redirected(requests.RequestException):
    """Vault's address redirects to a target that is not followed."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class TokenKeeper(HTTPAdapter):
    """Sends requests with the token: one CA trust, and no other host except a standby's active node."""

    def __init__(self, context: ssl.SSLContext, retries: int, most_seconds: float, server_name: str = "") -> None:
        self._tls: dict[str, Any] = {"ssl_context": context}
        if server_name:
            self._tls["server_hostname"] = server_name
        again = _Again(
            retries,
            backoff_factor=0.2,
            status_forcelist=_AGAIN,
            allowed_methods=None,
            raise_on_status=False,
            retry_after_max=int(most_seconds),
        )
        super().__init__(pool_maxsize=_MOST_CONNECTIONS, max_retries=again)

    def init_poolmanager(self, *words: Any, **named: Any) -> None:
        """Use our TLS context for connections."""
        super().init_poolmanager(*words, **(named | self._tls))

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        """Use our TLS context for connections through a proxy."""
        return super().proxy_manager_for(proxy, **(named | self._tls))

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Do nothing: requests would add its own list of CAs to our TLS context."""

    def send(self, request: requests.PreparedRequest, *words: Any, **named: Any) -> requests.Response:
        """Send a request, and repeat it once if a standby redirects to the active node. Raises Redirected."""
        response = super().send(request, *words, **named)
        if response.status_code not in _REDIRECTIONS:
            return response
        response.close()
        first = str(request.url)
        onward = request.copy()
        onward.headers.pop("Cookie", None)  # which a proxy in front of the first host may have set
        onward.url = _followed(first, response)
        try:
            response = super().send(onward, *words, **named)
        except (requests.RequestException, HTTPError, OSError) as error:
            target = origin_of(onward.url)
            found = diagnose(error, target)
            raise _refusal(first, _FOLLOWED, target, f", which {found.what}", found.hint) from None
        if response.status_code in _REDIRECTIONS:
            response.close()
            raise _refusal(onward.url, response.status_code, _target(onward.url, response), ": a second time")
        return response


def _target(url: str, response: requests.Response) -> str:
    """Return the origin of a redirect's target; "" if it has none."""
    location = response.headers.get("Location")
    try:
        origin = origin_of(urljoin(url, location)) if location else ""
    except ValueError:
        return ""
    return "" if address_problem(origin) else origin


def _followed(url: str, response: requests.Response) -> str:
    """Return the URL to repeat a call at: the same path at the host of a 307, both https. Raises Redirected."""
    target = _target(url, response)
    status = response.status_code
    if status != _FOLLOWED or not target:
        raise _refusal(url, status, target, ": only a standby's 307 is followed")
    if not (url.startswith("https://") and target.startswith("https://")):
        raise _refusal(url, status, target, ": the token would go there in clear text")
    parts = urlsplit(url)
    return f"{target}{parts.path}{'?' if parts.query else ''}{parts.query}"


def _refusal(url: str, status: int, target: str, why: str, hint: str = "") -> Redirected:
    what = f"VAULT_ADDR is a standby, or redirects: {origin_of(url)} redirects to {target or 'nowhere'} ({status}){why}"
    use = f"use {target}" if target.startswith("https://") else "use the https:// address of Vault itself"
    return Redirected(what, f"{use}, if that is your Vault" + (f"; {hint}" if hint else ""))


class _Again(Retry):
    """Retries errors that may be temporary, but not timeouts, name resolution or certificate errors."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: Any = None,
        error: Exception | None = None,
        _pool: Any = None,
        _stacktrace: Any = None,
    ) -> Self:
        if isinstance(error, TimedOut | SSLError | NameResolutionError):
            raise MaxRetryError(_pool, url or "", error)
        return super().increment(method, url, response, error, _pool, _stacktrace)
