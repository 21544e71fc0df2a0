"""From the annotations about the login to values of the spec; what is wrong is added to the problems."""

from __future__ import annotations

import posixpath

from vault.contract.plan import APP_ROLE
from vault.contract.shown import quoted
from webhook.admission.annotations.parsers import parse_role
from webhook.admission.annotations.values import Login
from webhook.admission.annotations.vault_k8s.given import Given
from webhook.admission.annotations.vault_k8s.table import DOMAIN
from webhook.admission.pod.names import EXTRA_DIRECTORY

_PARAMETER = "auth-config-<p>"
_FILES = ("role_id_file_path", "secret_id_file_path")
_REMOVES = "remove_secret_id_file_after_reading"


def parse_role_of(given: Given) -> str | None:
    """Return the role, None where it is missing or wrong, and look at the other parameters of the login.

    AppRole needs none: then it is the word for it, which messages have in its place.
    """
    role: str | None = given.get("role")
    by_app_role = given.get("auth-type") == APP_ROLE
    for row, name, annotation in given.all():
        if row != _PARAMETER:
            continue
        match name.replace("-", "_"):
            case "role" if role is None:
                try:
                    role = parse_role(given.get(row, name))
                except ValueError as error:
                    given.refuse(annotation, str(error))
            case "role":
                pass
            case "token_path" | "path":
                given.warn(annotation, "omamori's container has a token of its own, for Vault alone")
            case parameter if by_app_role and parameter in _FILES:
                pass
            case parameter if by_app_role and parameter == _REMOVES:
                given.warn(annotation, "the files of a Secret cannot be removed, and omamori removes none")
            case _:
                given.refuse(
                    annotation, "omamori logs in with a role and a token of its own, and nothing else, not yet"
                )
    if role is None and by_app_role:
        return APP_ROLE
    if role is None:
        given.refuse(f"{DOMAIN}/role", "name the role in Vault; there is none by default")
    return role


def parse_login(given: Given) -> Login:
    """Return what is said of the login."""
    role_id_file, secret_id_file = _parse_files(given) if given.get("auth-type") == APP_ROLE else ("", "")
    return Login(
        auth_kind=given.get("auth-type"),
        auth_mount=given.get("auth-path"),
        namespace=given.get("namespace") or None,
        address=given.get("service"),
        tls_server_name=given.get("tls-server-name") or None,
        has_foreign_role=True,
        role_id_file=role_id_file,
        secret_id_file=secret_id_file,
    )


def _parse_files(given: Given) -> tuple[str, str]:
    """Return the files with the role id and the secret id, "" where none is named: files of the extra Secret alone."""
    found = dict.fromkeys(_FILES, "")
    for row, name, annotation in given.all():
        parameter = name.replace("-", "_")
        if row != _PARAMETER or parameter not in found:
            continue
        path = given.get(row, name)
        if posixpath.normpath(path) != path or not path.startswith(f"{EXTRA_DIRECTORY}/") or not path.isprintable():
            given.refuse(annotation, f"is {quoted(path)}; write a file of agent-extra-secret, below {EXTRA_DIRECTORY}")
        found[parameter] = path
    if not found[_FILES[0]]:
        given.refuse(
            f"{DOMAIN}/auth-type", "is approle: name the file with the role id in auth-config-role-id-file-path"
        )
    elif not given.get("agent-extra-secret"):
        given.refuse(f"{DOMAIN}/auth-type", "is approle: name the Secret with its files in agent-extra-secret")
    return found[_FILES[0]], found[_FILES[1]]
