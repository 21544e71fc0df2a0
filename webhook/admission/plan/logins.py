"""The logins of a Pod: one for each Vault and role that its secrets ask for, and the files that the logins need.

A login sends the Pod's ServiceAccount token, and whoever gets a token may use it wherever its audience is accepted: so
Vaults of different audiences get different tokens, each in a file of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from vault.contract.plan import Session
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.annotations.values import VaultRole
from webhook.admission.limits import MAX_LOGINS
from webhook.admission.plan.vault_login import check_vault, choose_vault, plan_login
from webhook.admission.pod.facts import PodFacts
from webhook.admission.pod.names import (
    CA_FILE,
    CLIENT_CERTIFICATE_FILE,
    CLIENT_KEY_FILE,
    PROXY_PASSWORD_FILE,
    PROXY_USER_FILE,
    TOKEN_FILE,
)
from webhook.admission.problems import Problem
from webhook.admission.reasons import Reason
from webhook.config.settings import Settings, VaultSettings

_Kind: TypeAlias = Literal["token", "configMap", "secret"]


@dataclass(frozen=True, slots=True)
class LoginFile:
    """A file that a login needs, at `path` in our container.

    It is a ServiceAccount token of the audience `name`, or the key `key` of the ConfigMap or Secret `name`.
    """

    path: str
    kind: _Kind
    name: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Logins:
    """All logins, and the files that they need. `numbers` has the index of each session, by what annotations say."""

    sessions: tuple[Session, ...]
    numbers: Mapping[VaultRole, int]
    files: tuple[LoginFile, ...]


def check_logins(spec: InjectionSpec, pod: PodFacts, settings: Settings) -> Iterator[Problem]:
    """Say whether the namespace may not use omamori, or not one of the Vaults; which are not there; and too many."""
    if pod.namespace in settings.denied_namespaces or (
        settings.allowed_namespaces and pod.namespace not in settings.allowed_namespaces
    ):
        what = f"the namespace {pod.namespace} may not use omamori on this cluster"
        yield Problem(Reason.NAMESPACE, "", what)
    wanted = spec.vault_roles
    if len(wanted) > MAX_LOGINS:
        what = f"its secrets ask for {len(wanted)} logins, one for each Vault and role: {MAX_LOGINS} at most"
        yield Problem(Reason.TOO_LARGE, "", what)
    for vault, annotation in spec.vaults.items():
        yield from check_vault(spec, pod, settings, vault, annotation)


def plan_logins(spec: InjectionSpec, pod: PodFacts, settings: Settings, position: int) -> Logins:
    """Plan the logins of a Pod that `check_logins` is content with.

    `position` is where our container stands among the Pod's init containers.
    """
    files = _Files()
    sessions: dict[Session, int] = {}
    numbers: dict[VaultRole, int] = {}
    for wanted in spec.vault_roles:
        vault = choose_vault(spec, settings, wanted.vault)
        assert vault is not None  # check_logins said so
        named = _named(vault, files, has_certificate=bool(spec.login.client_certificate_file))
        session = plan_login(spec, pod, vault, wanted.role, position, named=named)
        numbers[wanted] = sessions.setdefault(session, len(sessions))
    return Logins(tuple(sessions), numbers, files.all())


def _named(vault: VaultSettings, files: _Files, *, has_certificate: bool) -> dict[str, str]:
    """Return the fields of a session that name its files, and its proxy.

    `has_certificate`: the author has a client certificate for it, which stays.
    """
    named = {"token_file": files.path(TOKEN_FILE, "token", vault.audience)}
    if vault.ca_config_map is not None:
        named["ca_file"] = files.path(CA_FILE, "configMap", vault.ca_config_map.name, vault.ca_config_map.key)
    elif vault.ca_secret is not None:
        named["ca_file"] = files.path(CA_FILE, "secret", vault.ca_secret.name, vault.ca_secret.key)
    if vault.client_secret and not has_certificate:
        named["client_certificate_file"] = files.path(CLIENT_CERTIFICATE_FILE, "secret", vault.client_secret, "tls.crt")
        named["client_key_file"] = files.path(CLIENT_KEY_FILE, "secret", vault.client_secret, "tls.key")
    if vault.proxy:
        named["proxy"] = vault.proxy
    if vault.proxy_secret:
        named["proxy_user_file"] = files.path(PROXY_USER_FILE, "secret", vault.proxy_secret, "username")
        named["proxy_password_file"] = files.path(PROXY_PASSWORD_FILE, "secret", vault.proxy_secret, "password")
    return named


class _Files:
    """Collects files, each once; those of one kind that differ get numbers behind the first."""

    def __init__(self) -> None:
        self._paths: dict[tuple[str, _Kind, str, str], str] = {}

    def path(self, usual: str, kind: _Kind, name: str, key: str = "") -> str:
        """Return where a file is; `usual` is its path where it is the only one of its kind."""
        wanted = (usual, kind, name, key)
        number = 1 + sum(each[0] == usual for each in self._paths)
        return self._paths.setdefault(wanted, usual if number == 1 else _numbered(usual, number))

    def all(self) -> tuple[LoginFile, ...]:
        """Return all of them."""
        return tuple(LoginFile(path, kind, name, key) for (_, kind, name, key), path in self._paths.items())


def _numbered(path: str, number: int) -> str:
    """Put a number before a file's extension."""
    folder, _, name = path.rpartition("/")
    stem, dot, extension = name.partition(".")
    return f"{folder}/{stem}-{number}{dot}{extension}"
