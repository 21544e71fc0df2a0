"""Convert the contents of a Vault to an access file, which lists every role that a grant cannot express.

A role is imported only if a grant can express to whom it is bound, and its token; other roles are skipped. A role of
several ServiceAccounts becomes a grant of several workloads, which makes a role for each: a note names them. What its
policies contain beyond paths and capabilities becomes `rawPolicy`, verbatim. Each grant must pass the parser of access
files before it is added to the text.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.scalarstring import LiteralScalarString

from vault.contract.shown import shown
from vault.policy.authoring.bindings import CannotSay, jwt_binding, kubernetes_binding, refuse_set
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
_MOST_NAMED = 10
_BUILT_IN = {"system", "identity", "cubbyhole", "agent_registry"}


@dataclass(frozen=True, slots=True)
class Imported:
    """The text of an access file, and (role, reason) for each skipped role; the head of the text lists these, too.

    `notes` has (role, what becomes of it) for each role that becomes several ones.
    """

    text: str
    left_alone: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...] = ()


def import_access(snapshot: Snapshot, owner: str) -> Imported:
    """Convert the contents of a Vault to an access file."""
    importer = _Importer(snapshot, owner)
    grants: list[dict[str, Any]] = []
    left: list[tuple[str, str]] = []
    for (auth, name), role in sorted(snapshot.roles.items()):
        try:
            grants.append(importer.grant(auth, name, role))
        except CannotSay as error:
            left.append((f"auth/{auth}/role/{name}", str(error)))
    count = len(snapshot.roles) - len(left)
    head = [f"# Imported from Vault: {count} roles are in this file, {len(left)} were skipped."]
    head += [f"# note: {shown(path)}: {shown(what, MAX_WHY_CHARACTERS)}" for path, what in importer.notes]
    head += [f"# skipped: {shown(path)}: {shown(why, MAX_WHY_CHARACTERS)}" for path, why in left]
    return Imported(
        "\n".join([*head, ""]) + render_document(importer.document(grants)), tuple(left), tuple(importer.notes)
    )


class _Importer:
    """Converts roles to grants, one at a time."""

    def __init__(self, snapshot: Snapshot, owner: str) -> None:
        self._snapshot = snapshot
        self._owner = owner
        self._mounts = {
            path: mount_of(path, fields) for path, fields in snapshot.mounts.items() if fields["type"] not in _BUILT_IN
        }
        self._alias_sources = _most_common_sources(snapshot)
        self._taken = set(snapshot.roles)
        self.notes: list[tuple[str, str]] = []

    def grant(self, auth: str, name: str, role: Fields) -> dict[str, Any]:
        """Convert a role to a grant. Raises CannotSay."""
        kind = self._snapshot.auths[auth]["type"]
        refuse_set(role, ("token_period", "token_num_uses", "token_explicit_max_ttl"))
        refuse_set(role, [own.name for own in own_fields("role")])
        workloads, audience = kubernetes_binding(role) if kind == "kubernetes" else jwt_binding(role)
        if role.get("alias_name_source", "") != self._alias_sources[auth]:
            raise CannotSay(
                f"alias_name_source is not {self._alias_sources[auth]}, which most roles of this auth method use"
            )
        note = ""
        if len(workloads) == 1:
            (workload,) = workloads
            grant: dict[str, Any] = {"workload": workload, "auth": auth}
            if name != role_name(workload):
                grant["role"] = name
        else:
            workloads, note = self._split(auth, name, workloads)
            grant = {"workloads": workloads, "auth": auth}
        grant["audience"] = audience
        grant |= self._paths(role)
        grant["token"] = self._token(auth, role)
        try:
            parse_access([(name, json.dumps(self.document([grant])))])
        except AccessInvalid as error:
            raise CannotSay("; ".join(mistake.what for mistake in error.mistakes)) from None
        if note:
            self.notes.append((f"auth/{auth}/role/{name}", note))
            self._taken |= {(auth, role_name(workload)) for workload in workloads}
        return grant

    def _split(self, auth: str, name: str, workloads: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
        """Return those workloads whose roles are not there yet, and what becomes of the role. Raises CannotSay."""
        roles = [role_name(each) for each in workloads]
        others = [role for role in roles if role != name and (auth, role) in self._taken]
        free = [each for each in workloads if role_name(each) not in others]
        if not free:
            raise CannotSay(f"it is for several ServiceAccounts, whose roles are there already: {_listed(others)}")
        made = [role_name(each) for each in free]
        note = f"it is for {len(workloads)} ServiceAccounts, and becomes a role for each: {_listed(made)}; "
        note += f"Pods that name the role {name} have to name theirs; "
        note += f"{name} is that of one alone then" if name in made else f"{name} stays as it is until you delete it"
        if others:
            note += f"; not in this file, since these roles are there already: {_listed(others)}"
        return free, note

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
                    raise CannotSay(f"its policy {name} is written in JSON; convert it to HCL first")
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


def role_name(workload: Mapping[str, Any]) -> str:
    """Return the role that a workload has if the grant names none."""
    return f"{workload.get('namespace')}.{workload['serviceAccount']}"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _most_common_sources(snapshot: Snapshot) -> Mapping[str, str]:
    found: dict[str, Counter[str]] = {auth: Counter() for auth in snapshot.auths}
    for (auth, _), role in snapshot.roles.items():
        found[auth][role.get("alias_name_source", "")] += 1
    return {auth: next((source for source, _ in counts.most_common(1)), "") for auth, counts in found.items()}


def _operations(capabilities: set[str]) -> str | list[str]:
    words = sorted(capabilities)
    return words[0] if len(words) == 1 else words
