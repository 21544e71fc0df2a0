"""From the annotations about the login to values of the spec; what is wrong is added to the problems."""

from __future__ import annotations

from vault.contract.plan import APP_ROLE, AWS, CERTIFICATE, OWN_AUTH_KINDS
from webhook.admission.annotations.parsers import parse_role
from webhook.admission.annotations.values import Login
from webhook.admission.annotations.vault_k8s.given import Given
from webhook.admission.annotations.vault_k8s.login_aws import parse_aws
from webhook.admission.annotations.vault_k8s.login_files import parse_app_role, parse_certificate
from webhook.admission.annotations.vault_k8s.parameters import parameters_of
from webhook.admission.annotations.vault_k8s.surroundings import Surroundings
from webhook.admission.annotations.vault_k8s.table import DOMAIN

_OWN_TOKEN = "omamori's container has a token of its own, for Vault alone"  # noqa: S105 - words
_SECRET = "a secret in an annotation is open to whoever may read the Pod; omamori takes the Pod's own IAM role (IRSA)"  # noqa: S105 - words
_CA = "the CA is that of the administrator's settings"
# parameters of each auth method: those that are honoured, those that are passed over, and those that are refused
_HONOURED: dict[str, tuple[str, ...]] = {
    APP_ROLE: ("role_id_file_path", "secret_id_file_path", "secret_id_response_wrapping_path"),
    CERTIFICATE: ("name", "client_cert", "client_key", "reload"),  # the last is always so
    AWS: ("type", "region", "header_value"),
}
_WARNED: dict[str, dict[str, str]] = {
    APP_ROLE: {
        "remove_secret_id_file_after_reading": "the files of a Secret cannot be removed, and omamori removes none"
    },
    CERTIFICATE: {"ca_cert": _CA},
    AWS: {"credential_poll_interval": "omamori asks AWS for new keys at each login"},
}
_REFUSED: dict[str, dict[str, str]] = {
    AWS: dict.fromkeys(("access_key", "secret_key", "session_token"), _SECRET),
}


def parse_role_of(given: Given) -> str | None:
    """Return the role, None where it is missing or wrong, and look at the other parameters of the login.

    AppRole and certificates need none: then it is the word for it, which messages have in its place.
    """
    role: str | None = given.get("role")
    kind = given.get("auth-type", default="")
    for name, (value, annotation) in parameters_of(given).items():
        if name == "role":
            if role is None:
                try:
                    role = parse_role(value)
                except ValueError as error:
                    given.refuse(annotation, str(error))
        elif name in {"token_path", "path"}:
            given.warn(annotation, _OWN_TOKEN)
        elif name in _WARNED.get(kind, {}):
            given.warn(annotation, _WARNED[kind][name])
        elif name in _REFUSED.get(kind, {}):
            given.refuse(annotation, _REFUSED[kind][name])
        elif name not in _HONOURED.get(kind, ()):
            how = f"by {kind}" if kind in OWN_AUTH_KINDS else "with a role and a token of its own"
            given.refuse(annotation, f"omamori logs in {how}, and has no such parameter for it")
    if role is None and kind in {APP_ROLE, CERTIFICATE}:
        return str(kind)
    if role is None:
        given.refuse(f"{DOMAIN}/role", "name the role in Vault; there is none by default")
    return role


def parse_login(given: Given, around: Surroundings) -> Login:
    """Return what is said of the login."""
    kind = given.get("auth-type")
    return Login(
        auth_kind=kind,
        auth_mount=given.get("auth-path"),
        namespace=given.get("namespace") or None,
        address=given.get("service"),
        tls_server_name=given.get("tls-server-name") or None,
        has_foreign_role=True,
        **(parse_app_role(given) if kind == APP_ROLE else {}),
        **parse_certificate(given),
        aws=parse_aws(given, around.aws) if kind == AWS else None,
    )
