"""Rule: `omamori policy explain` says what a ServiceAccount may do at a path, by which rule, from which line."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import get_args

from vault.policy.access import Access, Grant, Operation
from vault.policy.evaluating import grants_for, judge
from vault.policy.paths import reference_problem
from vault.policy.policies import policy_name
from webhook.commands.calls import CallWrong
from webhook.commands.policy.files import access, add_file_arguments
from webhook.commands.terminal import tell


def configure(parser: argparse.ArgumentParser) -> None:
    """Files, who, where."""
    add_file_arguments(parser)
    parser.add_argument("--service-account", required=True, metavar="NAMESPACE/NAME", help="who")
    parser.add_argument("path", metavar="PATH", help="the API path: secret/data/shop/db")


def run(arguments: argparse.Namespace) -> int:
    """Print it; 0 also where nothing is allowed: that is an answer."""
    namespace, slash, name = arguments.service_account.partition("/")
    if not (namespace and slash and name):
        raise CallWrong("--service-account is NAMESPACE/NAME")
    problem = reference_problem(arguments.path)
    if problem:
        raise CallWrong(f"the path {arguments.path!r} {problem}")
    tell(*explained(access(arguments), namespace, name, arguments.path))
    return 0


def explained(wanted: Access, namespace: str, name: str, path: str) -> Iterator[str]:
    """Give the lines."""
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
        yield f"what is not allowed here cannot be known: {unknown}"
    if rule is None:
        yield f"no rule is for {path}: everything is refused"
        return
    line = next((f" ({each.place})" for each in grant.paths if each.path == rule.path), "")
    yield f'{path} is decided by path "{rule.path}"{line}'
    yield f"allowed: {', '.join(allowed) or 'nothing'}"
