"""What files allow, answered from the files alone: whether, by which rule, and from which line.

`rawPolicy` counts as far as it says nothing but paths and capabilities; beyond that the answer is that it is not known.
Nor is it known what a token cannot do that has Vault's policy `default`, too, whose text is the server's.
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
    """Whether one grant allows an operation at a path; None: it cannot be known here, for the reason `unknown`.

    `rule` is the one that decides, None where there is none.
    """

    grant: Grant
    is_allowed: bool | None
    rule: PathRule | None
    unknown: str = ""


def grants_for(access: Access, namespace: str, service_account: str) -> tuple[Grant, ...]:
    """Return the grants of a workload; one for labelled namespaces is for any of that ServiceAccount's name."""
    return tuple(
        grant
        for grant in access.grants
        if grant.workload.service_account == service_account and grant.workload.namespace in {None, namespace}
    )


def judge(access: Access, grant: Grant, operation: Operation, path: str) -> Verdict:
    """Say what one grant allows. To `watch` a path of data is to read that of its metadata."""
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
    """The same path in two places allows what either of them allows."""
    paths: dict[str, list[str]] = {}
    for rule in found:
        paths.setdefault(rule.path, []).extend(rule.capabilities)
    yield from (PathRule(path, tuple(dict.fromkeys(words))) for path, words in paths.items())
