"""Reviewer tokens, with which Vault calls TokenReview. The operator names their files; access files never contain them.

An access file has `tokenFrom: NAME` and the API server; `--reviewer-token NAME=FILE` supplies the token. Otherwise
anybody who may write an access file could send any file or variable of the applying machine, such as the operator's
own token, to a host of their choice. A file that is not a ServiceAccount token is refused, and its content not shown.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from vault.connection_diagnoses import file_words
from vault.policy.errors import PlanRefused
from vault.policy.sync.plan import Change

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_PARTS = 3
_SUBJECT = re.compile(r"system:serviceaccount:[a-z0-9]([-a-z0-9]*[a-z0-9])?:[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_MOST_CHARACTERS = 16 * 1024


@dataclass(frozen=True, slots=True)
class ReviewerTokens:
    """Tokens by name. `repr` does not show them."""

    by_name: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    def resolve(self, changes: Iterable[Change]) -> Mapping[str, str]:
        """Return the tokens that changes name. Raises PlanRefused with each token that was not supplied."""
        missing = {
            f"{change.place}: {change.path}: the token {name} is missing; give --reviewer-token {name}=FILE"
            for change in changes
            for _, name in change.write_only
            if name not in self.by_name
        }
        if missing:
            raise PlanRefused(sorted(missing))
        return self.by_name


NO_TOKENS = ReviewerTokens()


def read_reviewer_tokens(given: Iterable[str]) -> ReviewerTokens:
    """Read the files of `NAME=FILE`. Raises PlanRefused with every problem."""
    found: dict[str, str] = {}
    problems: list[str] = []
    for text in given:
        name, equals, file = text.partition("=")
        if not equals or not file or not _NAME.fullmatch(name):
            problems.append("--reviewer-token is NAME=FILE; the name has lower-case letters, digits and '-'")
            continue
        try:
            token = Path(file).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"--reviewer-token {name}: {file}: {file_words(error)}")
            continue
        if name in found:
            problems.append(f"--reviewer-token {name} is given twice")
        elif not is_service_account_token(token):
            problems.append(f"--reviewer-token {name}: {file} does not contain a ServiceAccount token")
        found[name] = token
    if problems:
        raise PlanRefused(problems)
    return ReviewerTokens(MappingProxyType(found))


def is_service_account_token(text: str) -> bool:
    """Whether a text is a JWT whose subject is a ServiceAccount. Kubernetes checks its signature."""
    parts = text.split(".")
    if len(parts) != _PARTS or not all(parts) or len(text) > _MOST_CHARACTERS:
        return False
    head, claims = (_decoded(part) for part in parts[:2])
    if not isinstance(head, dict) or not isinstance(head.get("alg"), str) or not isinstance(claims, dict):
        return False
    subject = claims.get("sub")
    return isinstance(subject, str) and _SUBJECT.fullmatch(subject) is not None and _is_base64(parts[2])


def _decoded(part: str) -> object:
    """Decode a part of a JWT. None: it is not JSON."""
    try:
        return json.loads(base64.b64decode(part + "=" * (-len(part) % 4), altchars="-_", validate=True))
    except (ValueError, RecursionError):
        return None


def _is_base64(part: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_-]+", part) is not None
