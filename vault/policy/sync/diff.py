"""Compute the plan from the desired state and the state of a Vault, or every reason against it. No I/O.

Only managed entries are changed, each by the files of its own owner. A policy is managed if its first line is our mark
and its name is derived from the mark's role; a role if the mark of one of its policies names it and all of its policies
are managed; the config of an auth method if its mount has our description. An unmanaged entry in the way, or one of
another owner, is an error, or is adopted on request. A managed entry that no file declares is an orphan, if its owner
has files in this call; roles are deleted before the policies that they use. What only looks managed (a copy of a
policy, a handmade role with a managed policy) is reported and kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vault.policy.desired.compat import own_fields
from vault.policy.desired.mark import Mark, description, parse_mark
from vault.policy.desired.resources import Fields, Resource, host_of, normal_form, policy_path, wanted_entries
from vault.policy.errors import PlanRefused
from vault.policy.files.model import Access, name_of
from vault.policy.sync.lifetimes import short_tokens
from vault.policy.sync.notes import remarks, unable
from vault.policy.sync.plan import AccessPlan, Action, Change
from vault.policy.sync.state import VaultState


def plan_access(access: Access, live: VaultState, address: str, *, adopt: bool = False) -> AccessPlan:
    """Make the plan. Raises PlanRefused with every reason."""
    entries = wanted_entries(access)
    wanted = {entry.path: entry for entry in entries}
    planners = {owner: _Planner(owner, wanted, live, adopt=adopt) for owner in access.owners}
    changes = tuple(change for entry in entries for change in planners[entry.owners[0]].changes(entry))
    short = list(short_tokens(access, live))
    problems = [problem for planner in planners.values() for problem in planner.problems]
    problems += [words for words, is_new in short if is_new]
    if problems:
        raise PlanRefused(problems)
    orphans = {owner: tuple(planner.orphans()) for owner, planner in planners.items()}
    deletions = [change for found in orphans.values() for change in found]
    notes = [note for planner in planners.values() for note in planner.notes]
    notes += [words for words, is_new in short if not is_new]
    return AccessPlan(
        address=address,
        owners=access.owners,
        changes=changes,
        orphans=tuple(sorted(deletions, key=lambda change: change.kind != "role")),  # roles before policies
        notes=tuple(dict.fromkeys([*notes, *unable(access, live), *remarks(access)])),
        locks=tuple(sorted(set(access.locks.values()))),
        kept={owner: planner.count_ours() - len(orphans[owner]) for owner, planner in planners.items()},
    )


class _Planner:
    """Compares the entries of one owner one by one. `wanted` are those of all owners: none of them is an orphan."""

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
            yield self._change(action, entry, None, entry.fields)
        else:
            yield from self._difference(entry, answered)

    def orphans(self) -> Iterator[Change]:
        """Return the deletion of managed entries that no file declares, roles first."""
        unwanted = sorted(path for path in self._live.roles if path not in self._wanted)
        gone = [path for path in unwanted if self._is_our_role(path)]
        for path in unwanted:
            if path in gone:
                yield Change("delete", "role", path, self._live.roles[path], None, owner=self._owner)
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
                yield Change("delete", "policy", path, {"policy": fields["policy"]}, None, owner=self._owner)

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
            yield self._change("create", entry, None, entry.fields)
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
            other = self._other_owner(entry, answered)
            whose = f"is that of the owner {other}" if other else "exists and omamori does not manage it"
            self.problems.append(f"{entry.place}: {entry.path} {whose}: review it, then pass --adopt")
        yield self._change("update" if ours else "adopt", entry, old, new)

    def _change(self, action: Action, entry: Resource, old: Fields | None, new: Fields) -> Change:
        return Change(action, entry.kind, entry.path, old, new, entry.place, entry.write_only, self._owner)

    def _is_ours(self, entry: Resource, answered: Fields) -> bool:
        if entry.kind == "policy":
            mark = parse_mark(str(answered.get("policy", "")))
            return mark is not None and mark.owner == self._owner and mark == parse_mark(entry.fields["policy"])
        if entry.kind == "role":
            return self._is_our_role(entry.path)
        mount = entry.path.removeprefix("auth/").removesuffix("/config")
        return self._live.auths[mount].get("description") in {description(owner) for owner in entry.owners}

    def _other_owner(self, entry: Resource, answered: Fields) -> str:
        """Return the other owner whose policy, or whose role by its policy, this is, or ""."""
        policies = (answered.get("token_policies") or ()) if entry.kind == "role" else ()
        texts = [answered, *(self._live.policies.get(policy_path(name), {}) for name in policies)]
        marks = [mark for fields in texts if (mark := parse_mark(str(fields.get("policy", ""))))]
        return next((mark.owner for mark in marks if mark.owner != self._owner), "")

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
