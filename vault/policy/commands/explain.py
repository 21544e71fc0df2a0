"""`omamori policy explain`: show what a ServiceAccount may do at a path, with the deciding rule and its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from vault.cli.command import UsageError
from vault.cli.exit_codes import OK
from vault.cli.terminal import tell
from vault.policy.commands.access_files import read_access
from vault.policy.files.model import Access, Grant, Operation, policy_name
from vault.policy.files.paths import reference_problem
from vault.policy.offline.evaluate import grants_for, judge


def run(*, files: tuple[Path, ...], service_account: tuple[str, str], path: str) -> int:
    """Print the explanation. Returns OK even if nothing is allowed."""
    problem = reference_problem(path)
    if problem:
        raise UsageError(f"the path {path!r} {problem}")
    tell(*explained(read_access(files), *service_account, path))
    return OK


def explained(wanted: Access, namespace: str, name: str, path: str) -> Iterator[str]:
    """Return the lines of the explanation."""
    grants = grants_for(wanted, namespace, name)
    if not grants:
        yield f"{namespace}/{name} has no grant in these files: it cannot log in"
    for grant in grants:
        yield f"{grant.role_path}, policy {policy_name(grant)} ({grant.place})"
        if grant.workload.namespace is None:
            labels = ", ".join(f"{label}={value}" for label, value in grant.workload.namespace_labels)
            yield f"    for namespaces with the labels {labels}"
        yield from (f"    {line}" for line in _verdicts(wanted, grant, path))


def _verdicts(wanted: Access, grant: Grant, path: str) -> Iterator[str]:
    verdicts = {operation: judge(wanted, grant, operation, path) for operation in get_args(Operation)}
    allowed = [operation for operation, verdict in verdicts.items() if verdict.is_allowed]
    rule = verdicts["read"].rule
    for unknown in dict.fromkeys(verdict.unknown for verdict in verdicts.values() if verdict.unknown):
        yield f"more may be allowed than is shown: {unknown}"
    if rule is None:
        yield f"no rule matches {path}: everything is denied"
        return
    line = next((f" ({each.place})" for each in grant.paths if each.path == rule.path), "")
    yield f'{path} matches the rule path "{rule.path}"{line}'
    yield f"allowed: {', '.join(allowed) or 'nothing'}"
