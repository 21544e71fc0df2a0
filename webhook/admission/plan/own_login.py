"""Paths whose answer ends with our own login: what they give works for a moment, or for a batch token's minutes.

Facts (Vault's API pages of the token auth method and of cubbyhole)
- `auth/token/lookup-self` and `renew-self` answer with the token that asks; in mode init it is revoked at the end.
- A token made by `auth/token/create` is a child of the one that asks, and ends with it. Its answer is no secret either.
- A cubbyhole belongs to one token: a new login finds it empty.
"""

from __future__ import annotations

from collections.abc import Iterator

from vault.contract.shown import shown
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.problems import Problem
from webhook.admission.reasons import Reason

_OF_THE_LOGIN = ("auth/token/lookup-self", "auth/token/renew-self", "auth/token/revoke-self", "auth/token/create")
_CREATED = ("auth/token/create/", "auth/token/create-orphan", "cubbyhole/")


def check_token_paths(spec: InjectionSpec) -> Iterator[Problem]:
    """Say which secrets are, or hang on, the token of our own login."""
    for secret in spec.secrets:
        path = secret.source.path
        if path in _OF_THE_LOGIN or path.startswith(_CREATED):
            what = (
                "returns the token of omamori's own login, or something that expires with it; it is revoked when the "
                "files are there. "
                "Let the application log in itself, or read from a secrets engine"
            )
            yield Problem(Reason.TOKEN, secret.annotation, f"{shown(path, 80)} {what}")
