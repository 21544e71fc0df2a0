"""Assertions on access files: a ServiceAccount can or cannot do something. Checked without a Vault.

A ServiceAccount without any grant can do nothing. An assertion that cannot be decided, because of a rawPolicy or the
policy `default`, fails. No assertions at all is also a failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vault.places import Mistake, Place
from vault.policy.errors import AccessInvalid
from vault.policy.files.model import Access, Grant, Operation
from vault.policy.files.paths import reference_problem
from vault.policy.files.schema import find_mistakes
from vault.policy.offline.evaluate import grants_for, judge
from vault.yamlfile import Document, parse_documents

SCHEMA = "access-test-v1.schema.json"


@dataclass(frozen=True, slots=True)
class Assertion:
    """An operation that a ServiceAccount can or cannot do. `role` "" is any of its roles."""

    namespace: str
    service_account: str
    role: str
    operation: Operation
    path: str
    can: bool
    place: Place

    def __str__(self) -> str:
        return f"{self.namespace}/{self.service_account} {'can' if self.can else 'cannot'} {self.operation} {self.path}"


def parse_assertions(files: Iterable[tuple[str, str]]) -> tuple[Assertion, ...]:
    """Parse the texts of files, keyed by name. Raises AccessInvalid with every mistake."""
    mistakes: list[Mistake] = []
    documents = [document for name, text in files for document in parse_documents(name, text, mistakes)]
    mistakes += [mistake for each in documents for mistake in find_mistakes(each, SCHEMA)]
    if mistakes:
        raise AccessInvalid(mistakes)
    assertions = tuple(assertion for document in documents for assertion in _assertions(document))
    mistakes += [
        Mistake(each.place, f"{each.path!r} {what}") for each in assertions if (what := reference_problem(each.path))
    ]
    if mistakes:
        raise AccessInvalid(mistakes)
    return assertions


def failure_of(assertion: Assertion, access: Access) -> str:
    """Return why an assertion fails, or ""."""
    grants = [
        grant
        for grant in grants_for(access, assertion.namespace, assertion.service_account)
        if assertion.role in {"", grant.role}
    ]
    verdicts = [judge(access, grant, assertion.operation, assertion.path) for grant in grants]
    allowing = [verdict.grant for verdict in verdicts if verdict.is_allowed]
    unknown = [verdict for verdict in verdicts if verdict.is_allowed is None]
    if allowing and assertion.can:
        return ""
    if allowing:
        return f"it can, by {_named(allowing)}"
    if unknown:
        reasons = "; ".join(f"{_named([verdict.grant])}: {verdict.unknown}" for verdict in unknown)
        return f"it cannot be decided: {reasons}"
    if assertion.can:
        return f"it cannot: {_named(grants)} does not allow it" if grants else "it cannot: it has no grant"
    return ""


def _named(grants: list[Grant]) -> str:
    return ", ".join(f"{grant.role_path} ({grant.place})" for grant in grants)


def _assertions(document: Document) -> Iterator[Assertion]:
    for number, test in enumerate(document.value["tests"]):
        namespace, _, account = test["serviceAccount"].partition("/")
        for word in ("can", "cannot"):
            for path, raw in test.get(word, {}).items():
                operations = (raw,) if isinstance(raw, str) else tuple(raw)
                for operation in operations:
                    yield Assertion(
                        namespace=namespace,
                        service_account=account,
                        role=test.get("role", ""),
                        operation=operation,
                        path=path,
                        can=word == "can",
                        place=document.place("tests", number, word, path),
                    )
