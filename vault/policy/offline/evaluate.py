"""Evaluate access files offline: whether an operation is allowed, by which rule, from which line.

`rawPolicy` is evaluated if it has only paths and capabilities; otherwise the answer is unknown. A denial is also
unknown if the token has Vault's policy `default`, whose text only the server knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vault.policy.desired.hcl import PathRule, parse_rules
from vault.policy.desired.match import best_rule
from vault.policy.desired.policies import own_rules, rules
from vault.policy.files.engines import metadata_path
from vault.policy.files.model import Access, Grant, Operation
from vault.policy.files.paths import find_mount


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one grant allows an operation at a path. None: this cannot be decided, for the reason `unknown`.

    `rule` is the deciding rule, None if no rule matches.
    """

    grant: Grant
    is_allowed: bool | None
    rule: PathRule | None
    unknown: str = ""


def grants_for(access: Access, namespace: str, service_account: str) -> tuple[Grant, ...]:
    """Return the grants of a workload. A grant with namespaceLabels matches any ServiceAccount of that name."""
    return tuple(
        grant
        for grant in access.grants
        if grant.workload.service_account == service_account and grant.workload.namespace in {None, namespace}
    )


def judge(access: Access, grant: Grant, operation: Operation, path: str) -> Verdict:
    """Evaluate one grant. To `watch` a data path means to read its metadata path."""
    mount = find_mount(path, access.mounts)
    word: str = operation
    if operation == "watch":
        path = (mount and metadata_path(path, mount.path)) or path
        word = "read"
    raw = parse_rules(grant.raw_policy)
    rule = best_rule(_merged([*rules(grant), *own_rules(grant), *(raw or ())]), path)
    is_allowed = rule is not None and word in rule.capabilities
    if raw is None:
        return Verdict(grant, None, rule, "its rawPolicy says more than paths and capabilities")
    if not is_allowed and grant.token.has_default_policy:
        return Verdict(
            grant, None, rule, "its token has the policy default too (defaultPolicy), which only Vault knows"
        )
    return Verdict(grant, is_allowed, rule)


def _merged(found: list[PathRule]) -> Iterator[PathRule]:
    """Merge rules: a path that occurs twice allows the union of the capabilities."""
    paths: dict[str, list[str]] = {}
    for rule in found:
        paths.setdefault(rule.path, []).extend(rule.capabilities)
    yield from (PathRule(path, tuple(dict.fromkeys(words))) for path, words in paths.items())
