"""Query Vaults with the agent's own code, so that the results are those of a Pod.

A login is not retried. Its token is used only for `sys/capabilities-self`, and a service token is revoked. If the
token may not call that, the operator's token queries `sys/capabilities` for it.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from vault.agent.api.credential import Credential
from vault.agent.api.session import Request, Session
from vault.agent.deadline import OneTry
from vault.agent.secret import Secret
from vault.contract import plan as contract
from vault.contract.errors import Failure, PathRefused, VaultUnreachable
from vault.contract.origins import parse_origin
from vault.timelimit import CALL_SECONDS
from webhook.admission.plan.vault_login import plan_session
from webhook.config.settings import VaultSettings
from webhook.doctor.collect import ClusterReader
from webhook.doctor.snapshot import LoginProbe, Lookup, VaultProbe

TOKEN_SECONDS = 600
REVOKE_SECONDS = 5.0
_calls = logging.getLogger("omamori.calls")
_STATES = "?standbyok=true&perfstandbyok=true&drsecondarycode=200&sealedcode=200&uninitcode=200"
_OK = 200
_MOST_SECONDS = 10**11  # of a time: year 5138


@dataclass(frozen=True, slots=True)
class Account:
    """A ServiceAccount, and the role that it is to log in as; None: by the Vault's pattern."""

    namespace: str
    name: str
    role: str | None = None

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class VaultAccess:
    """How to reach Vaults from here: `addresses` and a CA replace those of the settings.

    `token` is the operator's, or None; `seconds` is the timeout of a Vault.
    """

    addresses: Mapping[str, str]
    ca_pem: str = ""
    token: Secret[str] | None = None
    seconds: float = CALL_SECONDS

    def begin(self, plan: contract.Session, token: Secret[str] | None = None) -> Session:
        """Start a session without retries; it logs only with --verbose."""
        return Session(plan, OneTry(self.seconds), _log, Credential(plan, token))

    def operator(self, plan: contract.Session) -> Session | None:
        """Return a session with the operator's token. None: there is no token."""
        if self.token is None:
            return None
        session = self.begin(plan)
        session.take(self.token)
        return session

    def session(self, vault: VaultSettings, trust: Lookup | None, namespace: str, role: str = "") -> contract.Session:
        """Return the session of a Pod's Plan, with these addresses; certificates must have the names that Pods use.

        `namespace` is that of the Pod. What only a Pod has, a proxy and a client certificate, is not used.
        """
        found = plan_session(vault, role, namespace).replace(ca_directory="")
        pem = self.ca_pem or vault.ca_pem
        key = vault.ca_config_map or vault.ca_secret
        if not pem and trust is not None and key is not None:
            pem = str(((trust.found or {}).get("data") or {}).get(key.key) or "")
        address = self.addresses.get(vault.name)
        if address is not None:
            origin = parse_origin(vault.address)
            name = vault.tls_server_name or (origin.host if origin else "")
            found = found.replace(address=address, tls_server_name=name)
        return found.replace(ca_pem=pem)


def _log(_level: str, message: str, **fields: object) -> None:
    _calls.debug("Vault: %s %s", message, json.dumps(fields, default=str))


def read_trust(reader: ClusterReader, vault: VaultSettings, namespace: str) -> Lookup | None:
    """Look up the ConfigMap or Secret of a Vault's CA in a Pod's namespace. None: the CA comes from elsewhere.

    Nothing of a Secret is kept but the CA.
    """
    if vault.ca_secret is not None:
        name, key = vault.ca_secret.name, vault.ca_secret.key
        path = f"/api/v1/namespaces/{namespace}/secrets/{name}"
        lookup = reader.at(f"Secret {name} in {namespace}", path)
        if lookup.found is None:
            return lookup
        encoded = str((lookup.found.get("data") or {}).get(key) or "")
        return replace(lookup, found={"data": {key: base64.b64decode(encoded).decode(errors="replace")}})
    if vault.ca_config_map is None:
        return None
    name = vault.ca_config_map.name
    return reader.at(f"ConfigMap {name} in {namespace}", f"/api/v1/namespaces/{namespace}/configmaps/{name}")


def read_vault(reader: ClusterReader, vault: VaultSettings, access: VaultAccess, namespace: str) -> VaultProbe:
    """Read the health of a Vault. Raises ClusterFailed."""
    trust = read_trust(reader, vault, namespace)
    plan = access.session(vault, trust, namespace).replace(namespace="")  # sys/health is of the root namespace
    seen = VaultProbe(vault.name, plan.address, trust=trust)
    now = reader.cluster.now()
    try:
        session = access.begin(plan)
        try:
            answer = session.call(Request(kind="read", path="sys/health", query=_STATES))
        finally:
            session.disconnect()
    except Failure as failure:
        return replace(seen, failure=failure)
    health = answer.document.reveal()
    if not isinstance(health.get("initialized"), bool):
        what = f"this is not Vault: sys/health answers {answer.status}, but not in Vault's format"
        hint = "is it the address of Vault itself, without a path such as /v1, or does a proxy answer in its place?"
        return replace(seen, failure=VaultUnreachable(what, hint=hint, status=answer.status))
    seconds = health.get("server_time_utc")
    ahead = float(seconds) - now.timestamp() if isinstance(seconds, int) and abs(seconds) < _MOST_SECONDS else 0.0
    return replace(seen, health=MappingProxyType(health), ahead_seconds=ahead)


def read_login(
    reader: ClusterReader, vault: VaultSettings, access: VaultAccess, account: Account, paths: list[str]
) -> LoginProbe:
    """Log in as a ServiceAccount, with a token that the API server issues for it. Raises ClusterFailed."""
    role = account.role or vault.role_pattern.role(account.namespace, account.name)
    folder = f"/api/v1/namespaces/{account.namespace}/serviceaccounts/{account.name}"
    lookup = reader.at(f"ServiceAccount {account.name} in {account.namespace}", folder)
    token = Secret("")

    def request() -> dict[str, Any]:
        nonlocal token
        spec = {"audiences": [vault.audience], "expirationSeconds": TOKEN_SECONDS}
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        token = Secret(str(reader.cluster.create(f"{folder}/token", body)["status"]["token"]))
        return {}  # nothing of it is kept where facts are

    asked = Lookup("token", refusal=lookup.refusal) if lookup.found is None else reader.by("token", request)
    seen = LoginProbe(str(account), vault.name, role, lookup, asked)
    if lookup.found is None or asked.found is None:
        return seen
    plan = access.session(vault, read_trust(reader, vault, account.namespace), account.namespace, role)
    try:
        session = access.begin(plan, token)
        try:
            session.login()
            seen = replace(seen, policies=session.auth.policies)
            return _with_capabilities(seen, session, access.operator(plan), paths)
        finally:
            session.within(OneTry(REVOKE_SECONDS))  # of its own: a Vault that hangs has used up the other
            session.end(has_leases=False)
    except Failure as failure:
        return replace(seen, failure=failure)


def _with_capabilities(seen: LoginProbe, session: Session, operator: Session | None, paths: list[str]) -> LoginProbe:
    if not paths:
        return seen
    try:
        try:
            found = _capabilities(session, "sys/capabilities-self", {"paths": paths})
        except PathRefused:  # as for the token of a role without the policy default
            if operator is None:
                raise
            about = {"paths": paths, "token": session.auth.token.reveal()}
            found = _capabilities(operator, "sys/capabilities", about)
        return replace(seen, paths=MappingProxyType({each: found.get(each, ()) for each in paths}))
    except Failure as failure:
        return replace(seen, paths=MappingProxyType(dict.fromkeys(paths, ())), paths_failure=failure)
    finally:
        if operator is not None:
            operator.disconnect()


def _capabilities(session: Session, path: str, asked: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the capabilities of a token by path. Raises Failure."""
    answer = session.call(Request(kind="read", path=path, body=Secret(json.dumps(asked).encode())))
    data = answer.data
    if answer.status != _OK or data is None:
        raise PathRefused(
            f"Vault does not return the capabilities of the login: {answer.words}", path=path, status=answer.status
        )
    return {each: tuple(map(str, data[each])) for each in asked["paths"] if isinstance(data.get(each), list)}
