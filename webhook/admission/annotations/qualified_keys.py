"""Validate annotation keys like an API server (k8s.io/apimachinery/pkg/util/validation: IsQualifiedName).

Facts
- A key is NAME or PREFIX/NAME. The API server checks it in lower case, so capital letters are allowed in both.
- NAME has at most 63 characters: letters, digits, '-', '_' and '.', with a letter or digit at both ends.
- PREFIX is a DNS subdomain of at most 253 characters.
"""

from __future__ import annotations

import re

MOST_NAME_CHARACTERS = 63
MOST_PREFIX_CHARACTERS = 253
INSTEAD = "use another name here; as= sets the name of a file or of one variable"

_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_LABEL = r"[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?"
_PREFIX = re.compile(rf"{_LABEL}(\.{_LABEL})*")


def problem_with_key(annotation: str) -> str | None:
    """Return why an API server refuses an annotation key, and what to write instead. None: the key is valid."""
    what = _problem(annotation)
    return None if what is None else f"Kubernetes does not allow this annotation key: {what}; {INSTEAD}"


def _problem(annotation: str) -> str | None:
    prefix, slash, name = annotation.partition("/")
    if not slash:
        prefix, name = "", annotation
    if "/" in name:
        return "it has more than one '/'"
    if not name:
        return "there is no name after its '/'" if slash else "it is empty"
    if len(name) > MOST_NAME_CHARACTERS:
        return f"its name has more than {MOST_NAME_CHARACTERS} characters"
    if not _NAME.fullmatch(name):
        return "its name is not letters, digits, '-', '_' and '.', with a letter or digit at both ends"
    if slash and (len(prefix) > MOST_PREFIX_CHARACTERS or not _PREFIX.fullmatch(prefix)):
        return "the part before its '/' is not a DNS name"
    return None
