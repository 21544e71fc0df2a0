"""The login of a file: the Plan's session, completed by what the file says."""

from __future__ import annotations

import posixpath

from vault.contract.origins import parse_origin
from vault.contract.plan import APP_ROLE
from vault.contract.shown import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.configuration.given import GivenBlock
    from vault.contract.plan import Configuration, Session


def plan_session(given: GivenBlock, rules: Configuration, session: Session) -> Session:
    """Return the session of a file; what is wrong is said of it. `session` is what the administrator's settings say."""
    _check_connection(given.one("vault"), session)
    method = given.one("auto_auth").one("method")
    config = method.one("config")
    if not given.all("auto_auth") or not given.one("auto_auth").all("method"):
        given.refuse("auto_auth", "is missing, or its method; say in it how to log in to Vault")
        return session
    kind = method.get("type") or ""
    _check_kind(method, kind, rules, session)
    namespace = method.get("namespace") or ""
    other = given.one("vault").get("namespace") or ""
    if namespace and other and namespace != other:
        given.one("vault").refuse("namespace", "is another than that of auto_auth.method: omamori has one for both")
    role = config.get("role") or ""
    if kind == APP_ROLE:
        role = role or APP_ROLE  # for messages alone
        session = _with_ids(config, rules, session)
    elif not role and not config.is_given("role"):
        method.refuse("config.role", "is missing; name the role in Vault")
    return session.replace(
        role=role,
        auth_kind=kind or session.auth_kind,
        auth_mount=method.get("mount_path") or kind,
        namespace=namespace or other or session.namespace,
    )


def _check_connection(vault: GivenBlock, session: Session) -> None:
    address = vault.get("address") or ""
    ours = parse_origin(session.address)
    if address and parse_origin(address) != ours:
        vault.refuse(
            "address",
            f"is another than {session.address}, the Vault {session.vault} of this Pod; the annotation service chooses "
            "one of the administrator's Vaults, and the file is to have its address or none",
        )
    wanted = session.tls_server_name or (ours.host if ours else "")
    name = vault.get("tls_server_name") or wanted
    if name != wanted:
        what = f"is {quoted(name)}; the administrator's settings say that the certificate has the name {wanted}"
        vault.refuse("tls_server_name", what)


def _check_kind(method: GivenBlock, kind: str, rules: Configuration, session: Session) -> None:
    if not kind:
        method.refuse("type", f"is missing; write {session.auth_kind}")
    elif kind == APP_ROLE:
        if not rules.app_role_directory:
            what = (
                "is approle, which the administrator's settings do not allow at this Vault (vaultK8sAuthMethods), or "
                "the Pod has no agent-extra-secret: log in with the Pod's ServiceAccount"
            )
            method.refuse("type", what)
    elif kind != session.auth_kind:
        method.refuse("type", f"is {quoted(kind)}; the Vault {session.vault} is set up for {session.auth_kind}")


def _with_ids(config: GivenBlock, rules: Configuration, session: Session) -> Session:
    """Return a session with the files of AppRole's ids: files of the extra Secret alone."""
    for name in ("role_id_file_path", "secret_id_file_path"):
        path = config.get(name)
        if path and rules.app_role_directory and not _is_below(path, rules.app_role_directory):
            config.refuse(name, f"is {quoted(path)}; write a file of agent-extra-secret, below /vault/custom")
    if not config.is_given("role_id_file_path"):
        config.refuse("role_id_file_path", "is missing; name the file with the role id, below /vault/custom")
    return session.replace(
        role_id_file=config.get("role_id_file_path") or "", secret_id_file=config.get("secret_id_file_path") or ""
    )


def _is_below(path: str, directory: str) -> bool:
    return posixpath.normpath(path) == path and path.startswith(f"{directory}/")
