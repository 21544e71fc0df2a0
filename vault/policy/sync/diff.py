"""Compute the plan from the desired state and the state of a Vault, or every reason against it. No I/O.

Only managed entries are changed. A policy is managed if its first line is our mark and its name is derived from the
mark's role; a role if the mark of one of its policies names it and all of its policies are managed; the config of an
auth method if its mount has our description. An unmanaged entry in the way is an error, or is adopted on request. A
managed entry that no file declares is an orphan; roles are deleted before the policies that they use. What only looks
managed (a copy of a policy, a handmade role with a managed policy) is reported and kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vault.policy.desired.compat import own_fields
from vault.policy.desired.mark import Mark, description, parse_mark
from vault.policy.desired.resources import Fields, Resource, host_of, normal_form, policy_path, wanted_entries
from vault.policy.errors import PlanRefused
from vault.policy.files.durations import render_duration
from vault.policy.files.model import Access, Grant, name_of
from vault.policy.sync.plan import AccessPlan, Action, Change
from vault.policy.sync.state import VaultState


def plan_access(access: Access, live: VaultState, address: str, *, adopt: bool = False) -> AccessPlan:
    """Make the plan. Raises PlanRefused with every reason."""
    entries = wanted_entries(access)
    planner = _Planner(access.owner, {entry.path: entry for entry in entries}, live, adopt=adopt)
    changes = tuple(change for entry in entries for change in planner.changes(entry))
    short = list(_short_tokens(access, live))
    problems = [*planner.problems, *(words for words, is_new in short if is_new)]
    if problems:
        raise PlanRefused(problems)
    planner.notes.extend(words for words, is_new in short if not is_new)
    orphans = tuple(planner.orphans())
    return AccessPlan(
        address=address,
        owner=access.owner,
        changes=changes,
        orphans=orphans,
        notes=tuple(dict.fromkeys([*planner.notes, *_unable(access, live), *_notes(access)])),
        lock=access.lock,
        kept=planner.count_ours() - len(orphans),
    )


class _Planner:
    """Compares entries one by one."""

    def __init__(self, owner: str, wanted: Mapping[str, Resource], live: VaultState, *, adopt: bool) -> None:
        self._owner = owner
        self._wanted = wanted
        self._live = live
        self._adopt = adopt
        self.problems: list[str] = []
        self.notes: list[str] = []

    def changes(self, entry: Resource) -> Iterator[Change]:
        answered = self._answered(entry)
        if entry.kind in {"mount", "auth"}:
            yield from self._mount(entry, answered)
        elif answered is None:
            action: Action = "adopt" if self._is_for_foreign_role(entry) else "create"
            yield Change(action, entry.kind, entry.path, None, entry.fields, entry.place, entry.write_only)
        else:
            yield from self._difference(entry, answered)

    def orphans(self) -> Iterator[Change]:
        """Return the deletion of managed entries that no file declares, roles first."""
        unwanted = sorted(path for path in self._live.roles if path not in self._wanted)
        gone = [path for path in unwanted if self._is_our_role(path)]
        for path in unwanted:
            if path in gone:
                yield Change("delete", "role", path, self._live.roles[path], None)
            elif any(map(self._mark, self._live.roles[path].get("token_policies") or ())):
                self.notes.append(
                    f"{path} uses managed policies, but none was made for it: it is not managed, and is kept"
                )
        used = {
            policy_path(name): path
            for path, role in self._live.roles.items()
            if path not in gone
            for name in role.get("token_policies") or ()
        }
        for path, fields in sorted(self._live.policies.items()):
            mark = parse_mark(str(fields.get("policy", "")))
            if path in self._wanted or mark is None or mark.owner != self._owner:
                continue
            if path != policy_path(name_of(mark.role_path)):
                self.notes.append(
                    f"{path} is a copy of a managed policy under another name: it is not managed, and is kept"
                )
            elif path in used and used[path] not in self._wanted:
                self.notes.append(f"{path} is in no file, but {used[path]} uses it: it is kept")
            else:
                yield Change("delete", "policy", path, {"policy": fields["policy"]}, None)

    def _answered(self, entry: Resource) -> Fields | None:
        live = self._live
        found = {
            "mount": live.mounts,
            "auth": live.auths,
            "config": live.configs,
            "policy": live.policies,
            "role": live.roles,
        }[entry.kind]
        key = entry.path.partition("/")[2].partition("/")[2] if entry.kind in {"mount", "auth"} else entry.path
        return found.get(key)

    def _mount(self, entry: Resource, answered: Fields | None) -> Iterator[Change]:
        """Enable a missing mount. An existing one is only compared, never changed."""
        if answered is None:
            yield Change("create", entry.kind, entry.path, None, entry.fields, entry.place)
            return
        form = normal_form(entry, answered)
        wanted_version = entry.fields.get("options", {}).get("version")
        version = form.get("options", {}).get("version", "1")
        if form["type"] != entry.fields["type"]:
            what = f"is of type {form['type']} and not {entry.fields['type']}"
            self.problems.append(f"{entry.place}: {entry.path} {what}; fix the file, or choose another path")
        elif wanted_version and version != wanted_version:
            what = f"is KV version {version} and not {wanted_version}"
            self.problems.append(f"{entry.place}: {entry.path} {what}; fix the file (version: {version})")

    def _difference(self, entry: Resource, answered: Fields) -> Iterator[Change]:
        old = normal_form(entry, answered)
        new = {**entry.fields, **{own.name: own.zero for own in own_fields(entry.kind) if own.name in old}}
        if old == new:
            self.notes.extend(
                f"{entry.path}: {name} cannot be compared (the token {source}, sent to {host_of(entry.fields)})"
                for name, source in entry.write_only
            )
            return
        ours = self._is_ours(entry, answered)
        if not ours and not self._adopt:
            self.problems.append(
                f"{entry.place}: {entry.path} exists and omamori does not manage it: review it, then pass --adopt"
            )
        yield Change("update" if ours else "adopt", entry.kind, entry.path, old, new, entry.place, entry.write_only)

    def _is_ours(self, entry: Resource, answered: Fields) -> bool:
        if entry.kind == "policy":
            mark = parse_mark(str(answered.get("policy", "")))
            return mark is not None and mark.owner == self._owner and mark == parse_mark(entry.fields["policy"])
        if entry.kind == "role":
            return self._is_our_role(entry.path)
        mount = entry.path.removeprefix("auth/").removesuffix("/config")
        return self._live.auths[mount].get("description") == description(self._owner)

    def _is_for_foreign_role(self, entry: Resource) -> bool:
        """Whether a policy is created in order to adopt a role."""
        mark = parse_mark(str(entry.fields.get("policy", "")))
        return mark is not None and mark.role_path in self._live.roles and not self._is_our_role(mark.role_path)

    def _is_our_role(self, path: str) -> bool:
        marks = [self._mark(name) for name in self._live.roles[path].get("token_policies") or ()]
        return all(marks) and any(mark is not None and mark.role_path == path for mark in marks)

    def _mark(self, name: str) -> Mark | None:
        """Return the mark of a policy. None: not managed. For a missing policy, the declared one's mark counts."""
        path = policy_path(name)
        wanted = self._wanted.get(path)
        fields = self._live.policies.get(path) or (wanted.fields if wanted is not None else {})
        mark = parse_mark(str(fields.get("policy", "")))
        return mark if mark is not None and mark.owner == self._owner and name_of(mark.role_path) == name else None

    def count_ours(self) -> int:
        """Count the managed policies and roles."""
        roles = sum(map(self._is_our_role, self._live.roles))
        return roles + sum(self._mark(path.rpartition("/")[2]) is not None for path in self._live.policies)


def _short_tokens(access: Access, live: VaultState) -> Iterator[tuple[str, bool]]:
    """Find grants whose token expires before its leases, and whether that is new."""
    for grant in access.grants:
        for each in grant.paths:
            seconds = live.lease_seconds.get(each.path, 0)
            if seconds > grant.token.ttl_seconds:
                lives, token = render_duration(seconds), render_duration(grant.token.ttl_seconds)
                what = f"a lease of {each.path} lasts {lives}, but ends with its token after {token}"
                is_new = live.roles.get(grant.role_path, {}).get("token_ttl") != grant.token.ttl_seconds
                yield f"{each.place}: {what}: raise token.ttl to {lives}, or lower the engine's", is_new


def _unable(access: Access, live: VaultState) -> Iterator[str]:
    """Find auth methods that are configured elsewhere in a way that refuses every login."""
    for auth in access.auths.values():
        if auth.config is not None:
            continue
        config = live.configs.get(f"auth/{auth.path}/config")
        if config is None:
            yield f"{auth.place}: auth/{auth.path} has no config, so every login is refused; write one here or in Vault"
        elif config.get("disable_local_ca_jwt") and not config.get("token_reviewer_jwt_set"):
            what = (
                "has no token for TokenReview and may not use Vault's own, so every login with an audience is refused"
            )
            yield f"{auth.place}: auth/{auth.path} {what}; give it a reviewer"


def _notes(access: Access) -> Iterator[str]:
    for grant in access.grants:
        if not grant.audiences:
            yield f"{grant.place}: {grant.role_path} takes tokens for any audience; name one"
        if grant.raw_policy:
            yield f"{grant.place}: rawPolicy is written to Vault unchecked"
    labelled = [grant for grant in access.grants if grant.workload.namespace is None]
    if labelled:
        yield _rbac_note(labelled[0])
    if not access.lock and access.grants:
        yield "no lock is configured: two applies at once may interfere; write lock: MOUNT/data/NAME"


def _rbac_note(grant: Grant) -> str:
    return (
        f"{grant.place}: for namespaceLabels the reviewer of auth/{grant.auth.path} must be allowed to read "
        "namespaces; "
        "`omamori policy render -o rbac` prints the ClusterRole"
    )
