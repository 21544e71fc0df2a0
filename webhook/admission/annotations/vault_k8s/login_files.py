"""The files of a login by AppRole or with a client certificate: of the Secrets that our container alone mounts.

What another file of our container holds would be sent to Vault, or shown to it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from vault.contract.plan import CERTIFICATE
from vault.contract.shown import quoted
from webhook.admission.annotations.parsers import parse_role
from webhook.admission.annotations.vault_k8s.given import Given
from webhook.admission.annotations.vault_k8s.parameters import parameters_of
from webhook.admission.annotations.vault_k8s.table import DOMAIN
from webhook.admission.pod.names import EXTRA_DIRECTORY, TLS_DIRECTORY

_ROLE_ID, _SECRET_ID, _WRAPPING = "role_id_file_path", "secret_id_file_path", "secret_id_response_wrapping_path"
_AUTH_TYPE = f"{DOMAIN}/auth-type"
_EXTRA = "agent-extra-secret"
_TLS = "tls-secret"
_FOLDERS = {EXTRA_DIRECTORY: _EXTRA, TLS_DIRECTORY: _TLS}


def parse_app_role(given: Given) -> dict[str, str]:
    """Return the files with the role id and the secret id, "" where none is named, and what wraps the latter."""
    parameters = parameters_of(given)
    found = {name: _path(given, parameters, name, EXTRA_DIRECTORY) for name in (_ROLE_ID, _SECRET_ID)}
    wrapping, annotation = parameters.get(_WRAPPING, ("", ""))
    if wrapping and not found[_SECRET_ID]:
        given.refuse(annotation, "wraps the secret id: name its file in auth-config-secret-id-file-path")
    if not found[_ROLE_ID]:
        given.refuse(_AUTH_TYPE, "is approle: name the file with the role id in auth-config-role-id-file-path")
    elif not given.get(_EXTRA):
        given.refuse(_AUTH_TYPE, f"is approle: name the Secret with its files in {_EXTRA}")
    return {
        "role_id_file": found[_ROLE_ID],
        "secret_id_file": found[_SECRET_ID],
        "secret_id_wrapping_path": wrapping.strip("/"),
    }


def parse_certificate(given: Given) -> dict[str, str]:
    """Return the files of the client certificate and its key, "" where none are named, and the role that it is for.

    vault-k8s has two pairs of annotations for them, of which that of the auth method counts for its login; one
    certificate is shown here.
    """
    by_certificate = given.get("auth-type") == CERTIFICATE
    parameters = parameters_of(given) if by_certificate else {}
    found = {}
    for name in ("client_cert", "client_key"):
        annotation = f"{DOMAIN}/{name.replace('_', '-')}"
        plain = _checked(given, annotation, given.get(name.replace("_", "-")) or "", *_FOLDERS)
        own = _path(given, parameters, name, *_FOLDERS)
        if own and plain and own != plain:
            given.refuse(annotation, f"is another file than that of auth-config-{name.replace('_', '-')}; name one")
        found[name] = own or plain
    if bool(found["client_cert"]) != bool(found["client_key"]):
        missing = "client-cert" if found["client_key"] else "client-key"
        given.refuse(f"{DOMAIN}/{missing}", "is missing: a client certificate and its key are two files; name both")
    elif by_certificate and not found["client_cert"]:
        given.refuse(_AUTH_TYPE, "is cert: name the client certificate and its key in client-cert and client-key")
    for folder, secret in _FOLDERS.items():
        if any(each.startswith(f"{folder}/") for each in found.values()) and not given.get(secret):
            given.refuse(f"{DOMAIN}/{secret}", f"is missing: name the Secret whose files are at {folder}")
    return {
        "client_certificate_file": found["client_cert"],
        "client_key_file": found["client_key"],
        "certificate_role": _certificate_role(given, parameters),
    }


def _certificate_role(given: Given, parameters: Mapping[str, tuple[str, str]]) -> str:
    name, annotation = parameters.get("name", ("", ""))
    if not name:
        return ""
    try:
        return parse_role(name)
    except ValueError as error:
        given.refuse(annotation, str(error))
        return ""


def _path(given: Given, parameters: Mapping[str, tuple[str, str]], name: str, *folders: str) -> str:
    """Return the path that a parameter names, "" where it is not there."""
    if name not in parameters:
        return ""
    path, annotation = parameters[name]
    return _checked(given, annotation, path, *folders, may_be_empty=False)


def _checked(given: Given, annotation: str, path: str, *folders: str, may_be_empty: bool = True) -> str:
    if not path and may_be_empty:
        return ""
    is_below = any(path.startswith(f"{each}/") for each in folders)
    if posixpath.normpath(path) != path or not is_below or not path.isprintable():
        places = " or ".join(f"of {_FOLDERS[each]}, below {each}" for each in folders)
        given.refuse(annotation, f"is {quoted(path)}; write a file {places}")
    return path
