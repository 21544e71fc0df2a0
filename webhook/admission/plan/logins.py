"""The logins of a Pod: one for each Vault and role that its secrets ask for, and the files that the logins need.

A login sends the Pod's ServiceAccount token, and whoever gets a token may use it wherever its audience is accepted: so
Vaults of different audiences get different tokens, each in a file of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vault.contract.plan import Session
from webhook.admission.annotations.spec import InjectionSpec
from webhook.admission.annotations.values import VaultRole
from webhook.admission.limits import MAX_LOGINS
from webhook.admission.plan.vault_login import check_vault, choose_vault, plan_login
from webhook.admission.pod.facts import PodFacts
from webhook.admission.pod.names import CA_FILE, TOKEN_FILE
from webhook.admission.problems import Problem
from webhook.admission.reasons import Reason
from webhook.config.settings import ConfigMapKey, Settings


@dataclass(frozen=True, slots=True)
class Logins:
    """All logins. `numbers` has the index of each one's session, by what the annotations say.

    `tokens` are the files with ServiceAccount tokens, each with its audience; `ca_files` are files with CAs, each with
    the key of a ConfigMap that it is taken from.
    """

    sessions: tuple[Session, ...]
    numbers: Mapping[VaultRole, int]
    tokens: tuple[tuple[str, str], ...]
    ca_files: tuple[tuple[str, ConfigMapKey], ...]


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
    tokens: dict[str, str] = {}
    authorities: dict[ConfigMapKey, str] = {}
    sessions: dict[Session, int] = {}
    numbers: dict[VaultRole, int] = {}
    for wanted in spec.vault_roles:
        vault = choose_vault(spec, settings, wanted.vault)
        assert vault is not None  # check_logins said so
        session = plan_login(spec, pod, vault, wanted.role, position).replace(
            token_file=tokens.setdefault(vault.audience, _numbered(TOKEN_FILE, len(tokens)))
        )
        if vault.ca_config_map is not None:
            file = authorities.setdefault(vault.ca_config_map, _numbered(CA_FILE, len(authorities)))
            session = session.replace(ca_file=file)
        numbers[wanted] = sessions.setdefault(session, len(sessions))
    return Logins(
        sessions=tuple(sessions),
        numbers=numbers,
        tokens=tuple((file, audience) for audience, file in tokens.items()),
        ca_files=tuple((file, key) for key, file in authorities.items()),
    )


def _numbered(path: str, number: int) -> str:
    """Return a file's path for the first, and with a number before its extension for those behind it."""
    if not number:
        return path
    stem, dot, extension = path.rpartition(".")
    return f"{stem}-{number + 1}{dot}{extension}" if dot and "/" not in extension else f"{path}-{number + 1}"
