"""Rule: what Vault's answers mean (HTTP API, "Status codes" and "Error response"), without asking anything.

Numbers keep the text they had in the answer: Vault does, and a rendered file should not turn 1.10 into 1.1.
"""

from __future__ import annotations

import json

from vault.injector.secret import Secret
from vault.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from vault.injector.http import Response

_MOST_WORDS = 300
_TRIED_AGAIN = (307, 412, 429)


class NotVault(Exception):
    """The answer is whole HTTP, but no answer of Vault's; a proxy's page, for example."""


class Number:
    """A JSON number that is no integer, as its text."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        """Keep the text."""
        self.text = text

    def __repr__(self) -> str:
        return "<hidden>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


class Auth(Value):
    """What a login gives. `kind` is service or batch; `seconds` 0: without an end; `policies` are by name."""

    token: Secret[str]
    kind: str
    seconds: int = 0
    renewable: bool = False
    policies: tuple[str, ...] = ()


class Lease(Value):
    """The lease of an answer. Its id is hidden: with a path and some rights it is enough to end what others use."""

    id: Secret[str]
    seconds: int = 0
    renewable: bool = False


class Answer(Value):
    """An answer of Vault's. `words` are its errors, joined; `data` is None where there is none.

    `document` is the whole JSON, for those who know what they look for. `retry_after` is in seconds, 0: not given.
    """

    status: int
    words: str
    document: Secret[dict[str, Any]]
    retry_after: int = 0

    @property
    def data(self) -> dict[str, Any] | None:
        """The `data` of the answer. It holds secrets."""
        data = self.document.reveal().get("data")
        return data if isinstance(data, dict) else None

    @property
    def lease(self) -> Lease | None:
        """The lease that came with it, or None. KV version 1 gives a lease_duration without one."""
        document = self.document.reveal()
        found = document.get("lease_id")
        if not isinstance(found, str) or not found:
            return None
        return Lease(id=Secret(found), seconds=_duration(document), renewable=document.get("renewable") is True)

    @property
    def is_sealed(self) -> bool:
        """Whether Vault says that it is sealed or not initialised."""
        return self.status in (501, 503) and ("sealed" in self.words or "not initialized" in self.words)


def parse_answer(response: Response) -> Answer:
    """Read an answer. Raises NotVault where one that is final is not JSON; a proxy's "later" is as good as Vault's."""
    body = response.body.reveal()
    document: dict[str, Any] = {}
    if body:
        try:
            parsed = json.loads(body, parse_float=Number, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            parsed = None
        if isinstance(parsed, dict):
            document = parsed
        elif response.status < 500 and response.status not in _TRIED_AGAIN:  # noqa: PLR2004 - the server's own
            raise NotVault(f"the answer (HTTP {response.status}) is not JSON; does a proxy answer for Vault?")
    return Answer(
        status=response.status,
        words=_words(document),
        document=Secret(document),
        retry_after=_seconds(response.headers.get("retry-after", "")),
    )


def parse_auth(answer: Answer) -> Auth:
    """Read the answer to a login, or to the renewal of a token. Raises NotVault."""
    auth = answer.document.reveal().get("auth")
    token = auth.get("client_token") if isinstance(auth, dict) else None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
        raise NotVault("the answer to the login has no token")
    assert isinstance(auth, dict)
    policies = auth.get("token_policies")
    return Auth(
        token=Secret(token),
        kind=str(auth.get("token_type", "")),
        seconds=_duration(auth),
        renewable=auth.get("renewable") is True,
        policies=tuple(map(str, policies)) if isinstance(policies, list) else (),
    )


def _duration(document: dict[str, Any]) -> int:
    seconds = document.get("lease_duration")
    return max(0, seconds) if isinstance(seconds, int) else 0


def _words(document: dict[str, Any]) -> str:
    errors = document.get("errors")
    if not isinstance(errors, list):
        return ""
    joined = "; ".join(" ".join(each.split()) for each in errors if isinstance(each, str))
    return joined if len(joined) <= _MOST_WORDS else f"{joined[:_MOST_WORDS]}…"


def _seconds(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0  # noqa: PLR2004


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError
