"""Convert the contents of a Vault to an access file, which lists every role that a grant cannot express.

A role is imported only if it is bound to one ServiceAccount in one namespace and a grant can express its token; other
roles are skipped. What its policies contain beyond paths and capabilities becomes `rawPolicy`, verbatim. Each grant
must pass the parser of access files before it is added to the text.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.scalarstring import LiteralScalarString

from vault.contract.shown import shown
from vault.policy.authoring.declarations import declaration, mount_of, render_document
from vault.policy.authoring.vault_inventory import Snapshot
from vault.policy.desired.compat import own_fields
from vault.policy.desired.hcl import PathRule, parse_json_rules, parse_rules, render_rules
from vault.policy.desired.policies import RAW_NOTE, own_paths
from vault.policy.desired.resources import Fields
from vault.policy.errors import AccessInvalid
from vault.policy.files.durations import render_duration
from vault.policy.files.parse import parse_access
from vault.policy.files.paths import find_mount, kv2_problem, path_problem

MAX_WHY_CHARACTERS = 1000
_SUBJECT = "system:serviceaccount:"
_ANYTHING = "*"
_BUILT_IN = {"system", "identity", "cubbyhole", "agent_registry"}


class _CannotSay(Exception):
    """A grant cannot express this role."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The text of an access file, and (role, reason) for each skipped role; the head of the text lists these, too."""

    text: str
    left_alone: tuple[tuple[str, str], ...]


def import_access(snapshot: Snapshot, owner: str) -> Imported:
    """Convert the contents of a Vault to an access file."""
    importer = _Importer(snapshot, owner)
    grants: list[dict[str, Any]] = []
    left: list[tuple[str, str]] = []
    for (auth, name), role in sorted(snapshot.roles.items()):
        try:
            grants.append(importer.grant(auth, name, role))
        except _CannotSay as error:
            left.append((f"auth/{auth}/role/{name}", str(error)))
    head = [f"# Imported from Vault: {len(grants)} roles are in this file, {len(left)} were skipped."]
    head += [f"# skipped: {shown(path)}: {shown(why, MAX_WHY_CHARACTERS)}" for path, why in left]
    return Imported("\n".join([*head, ""]) + render_document(importer.document(grants)), tuple(left))


class _Importer:
    """Converts roles to grants, one at a time."""

    def __init__(self, snapshot: Snapshot, owner: str) -> None:
        self._snapshot = snapshot
        self._owner = owner
        self._mounts = {
            path: mount_of(path, fields) for path, fields in snapshot.mounts.items() if fields["type"] not in _BUILT_IN
        }
        self._alias_sources = _most_common_sources(snapshot)

    def grant(self, auth: str, name: str, role: Fields) -> dict[str, Any]:
        """Convert a role to a grant. Raises _CannotSay."""
        kind = self._snapshot.auths[auth]["type"]
        _refuse_set(role, ("token_period", "token_num_uses", "token_explicit_max_ttl"))
        _refuse_set(role, [own.name for own in own_fields("role")])
        workload, audience = _kubernetes(role) if kind == "kubernetes" else _jwt(role)
        if role.get("alias_name_source", "") != self._alias_sources[auth]:
            raise _CannotSay(
                f"alias_name_source is not {self._alias_sources[auth]}, which most roles of this auth method use"
            )
        grant: dict[str, Any] = {"workload": workload, "auth": auth}
        if name != f"{workload.get('namespace')}.{workload['serviceAccount']}":
            grant["role"] = name
        grant["audience"] = audience
        grant |= self._paths(role)
        grant["token"] = self._token(auth, role)
        try:
            parse_access([(name, json.dumps(self.document([grant])))])
        except AccessInvalid as error:
            raise _CannotSay("; ".join(mistake.what for mistake in error.mistakes)) from None
        return grant

    def document(self, grants: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the access file with the mounts that its grants need."""
        paths = [path for grant in grants for path in grant.get("paths", {})]
        used = {mount.path: mount for path in paths if (mount := find_mount(path, self._mounts)) is not None}
        auths = sorted({grant["auth"] for grant in grants})
        return {
            "accessVersion": 1,
            "owner": self._owner,
            "mounts": {path: declaration(mount) for path, mount in sorted(used.items())},
            "auth": {auth: self._auth_declaration(auth) for auth in auths},
            "grants": grants,
        }

    def _auth_declaration(self, auth: str) -> dict[str, Any]:
        kind = self._snapshot.auths[auth]["type"]
        source = self._alias_sources[auth]
        return {"type": kind} | ({"aliasNameSource": source} if source else {})

    def _paths(self, role: Fields) -> dict[str, Any]:
        """Return the combined `paths` and `rawPolicy` of all policies of a role."""
        capabilities: dict[str, set[str]] = {}
        raw: list[str] = []
        for name in role.get("token_policies") or ():
            text, _, more = self._snapshot.policies.get(name, "").partition(RAW_NOTE)
            rules = parse_rules(text)
            if text.lstrip().startswith("{"):
                rules = parse_json_rules(text)
                if rules is None:
                    raise _CannotSay(f"its policy {name} is written in JSON; convert it to HCL first")
            raw += [part for part in (text if rules is None else "", more) if part]
            for rule in rules or ():
                if rule.path in own_paths(is_leased=True) and rule.capabilities == ("update",):
                    continue  # each service token gets them
                if self._is_sayable(rule):
                    capabilities.setdefault(rule.path, set()).update(rule.capabilities)
                else:
                    raw += render_rules([rule])
        found: dict[str, Any] = {}
        if capabilities:
            found["paths"] = {path: _operations(words) for path, words in sorted(capabilities.items())}
        if raw:
            found["rawPolicy"] = LiteralScalarString("\n".join(part.strip("\n") + "\n" for part in raw))
        return found

    def _is_sayable(self, rule: PathRule) -> bool:
        mount = find_mount(rule.path, self._mounts)
        if mount is None or path_problem(rule.path):
            return False
        return mount.version != 2 or not kv2_problem(rule.path, mount)  # noqa: PLR2004 - KV's version

    def _token(self, auth: str, role: Fields) -> dict[str, Any]:
        kind = "batch" if role.get("token_type") in {"batch", "default-batch"} else "service"
        ttl = int(role.get("token_ttl") or self._snapshot.ttls[auth])
        token: dict[str, Any] = {"type": kind, "ttl": render_duration(ttl)}
        if role.get("token_max_ttl"):
            token["maxTtl"] = render_duration(int(role["token_max_ttl"]))
        if role.get("token_bound_cidrs"):
            token["boundCidrs"] = list(role["token_bound_cidrs"])
        if not role.get("token_no_default_policy") or "default" in (role.get("token_policies") or ()):
            token["defaultPolicy"] = True
        return token


def _most_common_sources(snapshot: Snapshot) -> Mapping[str, str]:
    found: dict[str, Counter[str]] = {auth: Counter() for auth in snapshot.auths}
    for (auth, _), role in snapshot.roles.items():
        found[auth][role.get("alias_name_source", "")] += 1
    return {auth: next((source for source, _ in counts.most_common(1)), "") for auth, counts in found.items()}


def _refuse_set(role: Fields, names: Iterable[str]) -> None:
    found = [name for name in names if role.get(name)]
    if found:
        raise _CannotSay(f"a grant cannot express {', '.join(found)}")


def _kubernetes(role: Fields) -> tuple[dict[str, Any], str]:
    accounts = role.get("bound_service_account_names") or []
    namespaces = role.get("bound_service_account_namespaces") or []
    selector = role.get("bound_service_account_namespace_selector") or ""
    if len(accounts) != 1 or len(namespaces) + bool(selector) != 1 or _ANYTHING in (*accounts, *namespaces):
        joined = f"{len(accounts)} ServiceAccounts and {len(namespaces)} namespaces"
        raise _CannotSay(
            f"it is not bound to exactly one ServiceAccount in one namespace ({joined}, or any); split it into "
            "several roles"
        )
    workload: dict[str, Any] = {"serviceAccount": accounts[0]}
    if namespaces:
        workload["namespace"] = namespaces[0]
    else:
        workload["namespaceLabels"] = _match_labels(selector)
    return workload, role.get("audience") or ""


def _match_labels(selector: str) -> dict[str, str]:
    """Parse a label selector. Vault accepts JSON and YAML; only matchLabels is supported here."""
    try:
        return dict(json.loads(selector)["matchLabels"])
    except (ValueError, KeyError, TypeError):
        raise _CannotSay("its namespace selector is not JSON") from None


def _jwt(role: Fields) -> tuple[dict[str, Any], list[str]]:
    subject = str(role.get("bound_subject") or "").removeprefix(_SUBJECT)
    namespace, _, account = subject.partition(":")
    if subject == role.get("bound_subject") or not account:
        raise _CannotSay(f"its bound_subject is not {_SUBJECT}NAMESPACE:NAME")
    if role.get("role_type") != "jwt" or role.get("user_claim") != "sub":
        raise _CannotSay("it is not of role_type jwt with the user_claim sub")
    _refuse_set(role, ("bound_claims", "claim_mappings", "groups_claim", "user_claim_json_pointer"))
    _refuse_set(role, ("clock_skew_leeway", "expiration_leeway", "not_before_leeway", "max_age"))
    return {"namespace": namespace, "serviceAccount": account}, list(role.get("bound_audiences") or [""])


def _operations(capabilities: set[str]) -> str | list[str]:
    words = sorted(capabilities)
    return words[0] if len(words) == 1 else words
