"""Find the rule of a policy that decides on a path. As in Vault, only the most specific rule counts.

An exact path wins, then the greatest rule with `*` or `+`, by the order in
https://developer.hashicorp.com/vault/docs/concepts/policies#priority-matching. The path of a LIST ends with `/`; it is
looked up first without the `/`, then with it.
"""

from __future__ import annotations

from collections.abc import Iterable

from vault.policy.desired.hcl import PathRule


def best_rule(rules: Iterable[PathRule], path: str) -> PathRule | None:
    """Return the rule that decides on a path. None: no rule matches."""
    known = {rule.path: rule for rule in rules}
    exact = {name: rule for name, rule in known.items() if not _is_pattern(name)}
    patterns = [rule for name, rule in known.items() if _is_pattern(name)]
    short = path.removesuffix("/")
    return exact.get(path) or exact.get(short) or _best_pattern(patterns, short) or _best_pattern(patterns, path)


def _best_pattern(patterns: list[PathRule], path: str) -> PathRule | None:
    matching = [rule for rule in patterns if _matches(rule.path, path)]
    return max(matching, key=lambda rule: _priority(rule.path), default=None)


def _is_pattern(path: str) -> bool:
    return path.endswith("*") or "+" in path.split("/")


def _matches(pattern: str, path: str) -> bool:
    is_prefix = pattern.endswith("*")
    wanted = pattern.removesuffix("*").split("/")
    given = path.split("/")
    if len(wanted) > len(given) or (len(wanted) < len(given) and not is_prefix):
        return False
    *firsts, last = wanted
    return all(each in {"+", other} for each, other in zip(firsts, given, strict=False)) and (
        given[len(firsts)].startswith(last) if is_prefix else last in {"+", given[len(firsts)]}
    )


def _priority(pattern: str) -> tuple[int, bool, int, int, str]:
    """Return the sort key: later first wildcard, no `*`, fewer `+`, longer, later in the alphabet."""
    segments = pattern.split("/")
    pluses = segments.count("+")
    first_plus = len("/".join(segments[: segments.index("+")])) + 1 if pluses else len(pattern)
    first = min(first_plus, len(pattern) - 1 if pattern.endswith("*") else len(pattern))
    return first, not pattern.endswith("*"), -pluses, len(pattern), pattern
