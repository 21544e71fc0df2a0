"""One login of the agent: to which Vault, as which role, and whether the Pod may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from vault.contract.origins import parse_origin
from vault.contract.plan import OWN_AUTH_KINDS, Session
from vault.contract.shown import quoted
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.annotations.values import USUAL_LOGIN
from webhook.admission.plan.own_auth import check_own_auth, plan_aws
from webhook.admission.pod.facts import PodFacts
from webhook.admission.pod.tools import MESH_PROXIES
from webhook.admission.problems import Problem
from webhook.admission.reasons import Reason
from webhook.config.patterns import NamespacePattern
from webhook.config.settings import Settings, VaultSettings

# what an author says of a login that the program in the Pod needs as it is
_OF_THE_LOGIN = (
    "role_id_file",
    "secret_id_file",
    "secret_id_wrapping_path",
    "client_certificate_file",
    "client_key_file",
    "certificate_role",
)


def check_vault(
    spec: InjectionSpec, pod: PodFacts, settings: Settings, name: str | None, annotation: str
) -> Iterator[Problem]:
    """Say whether there is no such Vault, whether the namespace may not use it, and what is wrong with the login.

    `name` None: the default one, or that of the author's address. `annotation` is what asks for it.
    """
    vault = choose_vault(spec, settings, name)
    if vault is None:
        asked = spec.login.address or name or settings.default_vault
        there = _listed(settings, with_addresses=bool(spec.login.address))
        yield Problem(Reason.VAULT, annotation, f"there is no Vault {quoted(asked)}; there are: {there}")
        return
    if vault.pod_namespaces and pod.namespace not in vault.pod_namespaces:
        asked = annotation if name is not None else ""
        yield Problem(Reason.NAMESPACE, asked, f"the namespace {pod.namespace} may not use the Vault {vault.name}")
    if spec.login is not USUAL_LOGIN:
        yield from _check_login(spec, vault)
        yield from check_own_auth(spec, pod, vault)


def _check_login(spec: InjectionSpec, vault: VaultSettings) -> Iterator[Problem]:
    """Say what the author says of the login that is not so."""
    kind, name = spec.login.auth_kind, spec.login.tls_server_name
    if kind not in {None, vault.auth_kind, *OWN_AUTH_KINDS}:
        what = f"is {quoted(kind or '')}; the Vault {vault.name} is set up for {vault.auth_kind}"
        yield Problem(Reason.VAULT, spec.annotation_of("auth-kind"), what)
    if name not in {None, _name_in_certificate(vault)}:
        what = (
            f"is {quoted(name or '')}; the administrator's settings say that the certificate of the Vault "
            f"{vault.name} has the name {_name_in_certificate(vault)}"
        )
        yield Problem(Reason.VAULT, spec.annotation_of("tls-server-name"), what)


def choose_vault(spec: InjectionSpec, settings: Settings, name: str | None) -> VaultSettings | None:
    """Return the Vault of a name, else that of the author's address, else the default one; None: it is not there.

    Its mount, namespace and audience are as the author's login has them.
    """
    vault = _find_vault(spec, settings, name)
    if vault is None or spec.login is USUAL_LOGIN:
        return vault
    own = spec.login.auth_kind if spec.login.auth_kind in OWN_AUTH_KINDS else None
    return replace(
        vault,
        auth_kind=own or vault.auth_kind,
        auth_mount=spec.login.auth_mount or own or vault.auth_mount,
        audience=(spec.login.has_foreign_role and vault.vault_k8s_audience) or vault.audience,
        namespace=vault.namespace if spec.login.namespace is None else NamespacePattern(spec.login.namespace),
    )


def _find_vault(spec: InjectionSpec, settings: Settings, name: str | None) -> VaultSettings | None:
    if spec.login.address is None:
        return settings.vaults.get(name or settings.default_vault)
    wanted = parse_origin(spec.login.address)
    return next((each for each in settings.vaults.values() if parse_origin(each.address) == wanted), None)


def _listed(settings: Settings, *, with_addresses: bool) -> str:
    return ", ".join(f"{name} ({each.address})" if with_addresses else name for name, each in settings.vaults.items())


def _name_in_certificate(vault: VaultSettings) -> str:
    origin = parse_origin(vault.address)
    return vault.tls_server_name or (origin.host if origin else "")


def plan_login(
    spec: InjectionSpec,
    pod: PodFacts,
    vault: VaultSettings,
    role: str | None,
    position: int,
    *,
    named: Mapping[str, str],
) -> Session:
    """Plan a login. `role` None: by the Vault's pattern. `position` is our container's among the Pod's init containers.

    `named` are fields of the session: the files that it needs, and its proxy.
    """
    if role is None:
        role = "" if spec.configuration else vault.role_pattern.role(pod.namespace, pod.service_account)
    login = spec.login
    own: dict[str, Any] = {}
    if login is not USUAL_LOGIN:
        own = {name: getattr(login, name) for name in _OF_THE_LOGIN}
        own["aws"] = plan_aws(login.aws, vault) if login.aws else None
    return plan_session(vault, role, pod.namespace, mesh_proxy=_mesh_proxy_behind(pod, position), **{**own, **named})


def plan_session(vault: VaultSettings, role: str, namespace: str, **more: Any) -> Session:
    """Plan a login as a role, from a Kubernetes namespace, with `more` fields of the session."""
    return Session(
        **{
            "vault": vault.name,
            "address": vault.address,
            "role": role,
            "token_file": "",
            "auth_kind": vault.auth_kind,
            "auth_mount": vault.auth_mount,
            "namespace": vault.namespace.namespace(namespace),
            "ca_pem": vault.ca_pem,
            "ca_directory": vault.ca_directory,
            "tls_server_name": vault.tls_server_name,
            "insecure": vault.insecure,
            **more,
        }
    )


def _mesh_proxy_behind(pod: PodFacts, position: int) -> str:
    """Return the name of a mesh's proxy, a native sidecar, that starts behind our container, or ""."""
    names = (container.name for container in pod.init_containers[position:])
    return next((name for name in names if name in MESH_PROXIES), "")
