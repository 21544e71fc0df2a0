"""Saved plans. A saved plan is only compared: `apply` makes the plan again, and both must be equal.

The file is JSON and is passed between the jobs of a pipeline, where somebody may modify it. It records what was shown,
and with which flags. Each change must have a known kind, and a path and fields of that kind. Places in files are not
compared: the second job may have the same files in another folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, NoReturn, get_args

from vault.policy.desired.compat import own_fields
from vault.policy.desired.mark import parse_mark
from vault.policy.desired.resources import KINDS, Kind, policy_path
from vault.policy.errors import PlanRefused, PlanStale
from vault.policy.files.model import PREFIX, name_of
from vault.policy.sync.plan import AccessPlan, Action, Change

FORMAT = 3
MOST_NAMED = 5
_NO_PLAN = "the plan's file is not one that `omamori policy plan --out` wrote"
_MOUNT = r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*"
PATHS: Mapping[Kind, re.Pattern[str]] = {
    "mount": re.compile(rf"sys/mounts/{_MOUNT}"),
    "auth": re.compile(rf"sys/auth/{_MOUNT}"),
    "config": re.compile(rf"auth/{_MOUNT}/config"),
    "policy": re.compile(rf"{re.escape(policy_path(PREFIX))}[^/\s]+"),
    "role": re.compile(rf"auth/{_MOUNT}/role/[^/\s]+"),
}
_TOKEN_FIELDS = (
    *("token_policies", "token_type", "token_ttl", "token_max_ttl", "token_explicit_max_ttl", "token_period"),
    *("token_num_uses", "token_bound_cidrs", "token_no_default_policy"),
)
FIELDS: Mapping[Kind, frozenset[str]] = {
    "mount": frozenset({"type", "options", "description"}),
    "auth": frozenset({"type", "description"}),
    "config": frozenset(
        {
            *("kubernetes_host", "kubernetes_ca_cert", "disable_local_ca_jwt", "token_reviewer_jwt_set"),
            *("oidc_discovery_url", "oidc_discovery_ca_pem", "jwks_url", "jwks_ca_pem", "jwt_validation_pubkeys"),
            "bound_issuer",
        }
    ),
    "policy": frozenset({"policy", *(own.name for own in own_fields("policy"))}),
    "role": frozenset(
        {
            *("bound_service_account_names", "bound_service_account_namespaces"),
            *("bound_service_account_namespace_selector", "audience", "alias_name_source"),
            *("role_type", "user_claim", "bound_subject", "bound_audiences", "bound_claims", "bound_claims_type"),
            *("claim_mappings", "groups_claim", "user_claim_json_pointer", "clock_skew_leeway", "expiration_leeway"),
            *("not_before_leeway", "max_age"),
            *_TOKEN_FIELDS,
            *(own.name for own in own_fields("role")),
        }
    ),
}
WRITE_ONLY: Mapping[Kind, frozenset[str]] = {"config": frozenset({"token_reviewer_jwt"})}
_MADE: frozenset[Action] = frozenset({"create", "update", "adopt"})
_DELETED_KINDS = {"policy", "role"}


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan as it was shown, with its --prune and --adopt flags."""

    plan: AccessPlan
    prune: bool = False
    adopt: bool = False


def render_saved(saved: SavedPlan) -> str:
    """Render a plan's file: `parse_saved(render_saved(saved)) == saved`."""
    flags = {"prune": saved.prune, "adopt": saved.adopt}
    return json.dumps({"omamoriPlan": FORMAT, **flags, **asdict(saved.plan)}, indent=1) + "\n"


def parse_saved(text: str) -> SavedPlan:
    """Parse a plan's file. Raises PlanRefused if it is not a plan, or contains what no plan can contain."""
    try:
        raw = json.loads(text)
        version = raw.pop("omamoriPlan")
        saved = SavedPlan(_plan(raw.pop), raw.pop("prune"), raw.pop("adopt"))
    except (ValueError, OverflowError, KeyError, TypeError, AttributeError, RecursionError):
        raise PlanRefused([_NO_PLAN]) from None
    if raw or not all(isinstance(flag, bool) for flag in (saved.prune, saved.adopt)):
        raise PlanRefused([_NO_PLAN])
    if version != FORMAT:
        raise PlanRefused(["the plan was made by another version of omamori; plan again"])
    for change in saved.plan.changes:
        _check(change, is_leftover=False)
    for change in saved.plan.orphans:
        _check(change, is_leftover=True)
    return saved


def require_same(saved: SavedPlan, made: AccessPlan) -> None:
    """Check that a new plan equals the reviewed one. Raises PlanStale."""
    before, now = _comparable(saved.plan), _comparable(made)
    if before == now:
        return
    old = {change.path: change for change in (*before.changes, *before.orphans)}
    new = {change.path: change for change in (*now.changes, *now.orphans)}
    differing = [path for path in {**old, **new} if old.get(path) != new.get(path)]
    more = f" and {len(differing) - MOST_NAMED} more" if len(differing) > MOST_NAMED else ""
    named = ", ".join(differing[:MOST_NAMED]) or "the owners, the locks or the order"
    raise PlanStale(
        f"Vault, the access files or the plan's file have changed since the plan was made: {named}{more}; "
        "nothing was written: plan again and review the result"
    )


def _comparable(plan: AccessPlan) -> AccessPlan:
    """Return the changes without their places and notes."""
    return replace(plan, changes=_placeless(plan.changes), orphans=_placeless(plan.orphans), notes=(), kept={})


def _placeless(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(replace(change, place="") for change in changes)


def _plan(take: Callable[[str], Any]) -> AccessPlan:
    """Build a plan from a document and consume all of its parts. Raises KeyError and TypeError."""
    changes, orphans = (tuple(map(_change, take(key))) for key in ("changes", "orphans"))
    address, owners, locks, kept = take("address"), take("owners"), take("locks"), take("kept")
    _require(all(isinstance(texts, list) for texts in (owners, locks)) and isinstance(kept, dict))
    _require(all(isinstance(text, str) for text in (address, *owners, *locks)))
    return AccessPlan(
        address=address,
        owners=tuple(owners),
        changes=changes,
        orphans=orphans,
        notes=tuple(map(str, take("notes"))),
        locks=tuple(locks),
        kept={owner: int(count) for owner, count in kept.items()},
    )


def _change(raw: dict[str, Any]) -> Change:
    write_only = tuple((str(name), str(source)) for name, source in raw.pop("write_only"))
    change = Change(write_only=write_only, **raw)
    _require(
        all(isinstance(text, str) for text in (change.action, change.kind, change.path, change.place, change.owner))
    )
    _require(all(fields is None or isinstance(fields, dict) for fields in (change.old, change.new)))
    return change


def _require(is_right: bool) -> None:  # noqa: FBT001 - as of assert
    if not is_right:
        raise TypeError


def _check(change: Change, *, is_leftover: bool) -> None:
    """Check that a change can occur in a plan. Raises PlanRefused."""
    kind = change.kind
    if kind not in KINDS or change.action not in get_args(Action):
        _refuse(change, f"{change.action} is not a change that omamori makes to a {kind}")
    if not PATHS[kind].fullmatch(change.path) or any(each in {".", ".."} for each in change.path.split("/")):
        _refuse(change, f"is not the path of a {kind}")
    if is_leftover:
        is_right = (
            change.action == "delete" and kind in _DELETED_KINDS and change.new is None and change.old is not None
        )
        if not is_right or change.write_only:
            _refuse(change, "is not a deletion of a policy or a role")
        if kind == "policy" and not _is_marked(change.path, change.old):
            _refuse(change, "is not managed, so no plan deletes it")
        return
    if change.action not in _MADE or change.new is None:
        _refuse(change, "is deleted, but it is not listed as an orphan")
    unknown = {*(change.old or {}), *change.new} - FIELDS[kind]
    unknown |= {name for name, _ in change.write_only} - WRITE_ONLY.get(kind, frozenset())
    if unknown:
        _refuse(change, f"has fields that omamori does not write to a {kind}: {', '.join(sorted(unknown))}")
    if kind == "policy" and not _is_marked(change.path, change.new):
        _refuse(change, "lacks the omamori mark of its role")


def _is_marked(path: str, fields: Mapping[str, Any] | None) -> bool:
    mark = parse_mark(str((fields or {}).get("policy", "")))
    return mark is not None and policy_path(name_of(mark.role_path)) == path


def _refuse(change: Change, what: str) -> NoReturn:
    raise PlanRefused([f"{_NO_PLAN}: {change.path} {what}"])
