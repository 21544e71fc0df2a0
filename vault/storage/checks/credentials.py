"""Check which credentials the Vault Pod's environment leads to. Only names of variables are used. Pure.

Fact: the backend's credential chain ends with AWS's container endpoint, of which it supports only ECS's form. With
EKS Pod Identity it has no credentials, and Vault does not start (hashicorp/vault#31860, #27850). A web identity (IRSA)
comes before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vault.report import Finding, Status

POD_IDENTITY = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
WEB_IDENTITY = "AWS_WEB_IDENTITY_TOKEN_FILE"
STATIC = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")

_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")


def parse_names(text: str) -> frozenset[str]:
    """Parse the names of variables from the output of `env` or from /proc/PID/environ; other lines are ignored."""
    entries = text.split("\0") if "\0" in text else text.splitlines()
    return frozenset(match.group(1) for match in map(_NAME.match, entries) if match)


def check_credentials(names: frozenset[str]) -> Iterator[Finding]:
    """Return the findings about the variables."""
    identity = [each for each in POD_IDENTITY if each in names]
    if identity and WEB_IDENTITY not in names:
        given = ", ".join(identity)
        what = f"the Vault Pod has its credentials from EKS Pod Identity ({given}), which the backend cannot use"
        hint = "use IRSA: eks.amazonaws.com/role-arn at Vault's ServiceAccount, and remove the Pod Identity association"
        yield Finding("pod-identity", Status.FAILED, what, hint)
    static = [each for each in STATIC if each in names]
    if static:
        what = (
            f"the Vault Pod has keys in its environment ({', '.join(static)}): they never expire, and take precedence "
            "over any role"
        )
        hint = "use IRSA: eks.amazonaws.com/role-arn at Vault's ServiceAccount; remove the keys, and deactivate them"
        yield Finding("static-credentials", Status.WARNING, what, hint)
