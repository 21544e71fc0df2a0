"""Parse Vault's answers (HTTP API, "Status codes" and "Error response"); what a refusal means is in diagnoses.py.

Numbers keep the text they had in the answer: Vault does, and a rendered file should not turn 1.10 into 1.1.
"""

from __future__ import annotations

from vault.agent.secret import Secret
from vault.contract import cjson
from vault.contract.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from vault.agent.api.http import Response

_MOST_WORDS, _MOST_DIGITS = 300, 4300  # the latter is Python's own bound
_TRIED_AGAIN = (307, 412, 429)
MOST_SECONDS = 10**9  # what is said to live longer lives so long: 31 years


class NotVault(Exception):
    """The answer is complete HTTP, but not from Vault: for example a proxy's page.

    `is_final`: a retry would have the same result.
    """

    def __init__(self, message: str, *, is_final: bool = False, hint: str = "") -> None:
        """Take a description without any value."""
        super().__init__(message)
        self.is_final = is_final
        self.hint = hint


class Number:
    """A JSON number that is no integer, or one of more digits than Python reads (4,300), as its text."""

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
    """The lease of an answer. Its id is hidden: with a path and some rights it is enough to end what others use.

    `is_token`: it is no lease of Vault's, but the life of a token that is a secret of its own; the id is the token.
    """

    id: Secret[str]
    seconds: int = 0
    renewable: bool = False
    is_token: bool = False


class Answer(Value):
    """An answer of Vault's. `words` are its errors, joined; `data` is None where there is none.

    `document` is the whole JSON, for those who know what they look for; where a success is no JSON object, it is empty,
    and `form` says what the body is. `retry_after` is in seconds, 0: not given.
    """

    status: int
    words: str
    document: Secret[dict[str, Any]]
    retry_after: int = 0
    form: str = ""

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
    def is_of_kv_1(self) -> bool:
        """Whether it is a KV version 1 secret: Vault gives no other answer seconds to live without a lease."""
        return self.lease is None and _duration(self.document.reveal()) > 0

    @property
    def is_of_a_dead_token(self) -> bool:
        """Whether Vault, or OpenBao with its bare words, refuses the token as a whole."""
        return self.status == 403 and ("invalid token" in self.words or self.words == "permission denied")  # noqa: PLR2004

    @property
    def is_sealed(self) -> bool:
        """Whether Vault says that it is sealed or not initialised."""
        return self.status in (501, 503) and ("sealed" in self.words or "not initialized" in self.words)


def parse_answer(response: Response, sent: Sequence[Secret[str]] = ()) -> Answer:
    """Read an answer. Raises NotVault where a final one is not Vault's; a proxy's "later" is as good as Vault's.

    `sent` is what the request had that is secret: a gateway's words may repeat it, and words are logged.
    """
    status = response.status
    if status // 100 == 3 and status != 307:  # noqa: PLR2004
        raise _sent_on(response)
    body = response.body.reveal()
    document: dict[str, Any] = {}
    form = "" if body else "empty"
    if body:
        try:
            parsed = _parse_json(body)
        except (ValueError, RecursionError):
            parsed, form = None, _form(response)
        else:
            form = "" if isinstance(parsed, dict) else f"a JSON {_kind(parsed)}"
        document = parsed if isinstance(parsed, dict) else {}
    if status < 500 and status not in _TRIED_AGAIN:  # noqa: PLR2004 - the server's own
        _check_vault_s(status, form, document)
    return Answer(
        status=status,
        words=_words(document, sent),
        document=Secret(document),
        retry_after=_seconds(response.headers.get("retry-after", "")),
        form=form,
    )


def _check_vault_s(status: int, form: str, document: dict[str, Any]) -> None:
    """Raise NotVault where an answer is not one that Vault gives with that status."""
    who = "does a proxy answer for Vault?"
    if form == "text":
        raise NotVault(f"the answer (HTTP {status}) is not JSON; {who}")
    if status < 300 or _is_an_error_of_vault(document):  # noqa: PLR2004
        return
    if form == "empty":
        raise NotVault(f"HTTP {status} without a body: {who}")
    raise NotVault(f"the answer (HTTP {status}) is {form or 'JSON'}, and not as Vault's are: it has no `errors`; {who}")


def _is_an_error_of_vault(document: dict[str, Any]) -> bool:
    """Whether a refusal is Vault's own: with its errors, or the state of a version, or a warning about the path."""
    errors, data = document.get("errors"), document.get("data")
    if isinstance(errors, list):
        return all(isinstance(each, str) for each in errors)
    has_metadata = isinstance(data, dict) and isinstance(data.get("metadata"), dict)
    return has_metadata or ("request_id" in document and isinstance(document.get("warnings"), list))


def _sent_on(response: Response) -> NotVault:
    """Vault sends nobody elsewhere but by 307; an ingress does, from http to https, or to its own name."""
    from vault.agent.api.diagnoses import shown_origin  # noqa: PLC0415 - few Pods pay for it

    where = shown_origin(response.headers.get("location", ""))
    return NotVault(
        f"HTTP {response.status} to {where}: fix the address in omamori's settings",
        is_final=True,
        hint="the address must be Vault's own, or a proxy's that hands on what it gets. No such answer is followed, "
        "since the token would go along",
    )


def _parse_json(body: bytes) -> Any:
    try:
        return cjson.loads(body, parse_float=Number)
    except ValueError:  # if an integer is too long; a function for each would cost each Pod
        return cjson.loads(body, parse_float=Number, parse_int=_integer)


def _integer(text: str) -> int | Number:
    return int(text) if len(text) <= _MOST_DIGITS else Number(text)


def _form(response: Response) -> str:
    """What a body is that is no JSON: PEM, a key or certificate in bytes as engines give them; else some text."""
    body, kind = response.body.reveal(), response.headers.get("content-type", "")
    if body.lstrip()[:11] == b"-----BEGIN ":
        return "PEM"
    if kind.startswith("application/pkix-"):
        return "DER"
    if body[:4] == b"ssh-" or body[:6] == b"ecdsa-":
        return "a public key"
    return "metrics" if body[:2] == b"# " and kind.startswith("text/plain") else "text"


def _kind(value: object) -> str:
    names = {list: "list", str: "string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "number")


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
        kind=str(auth.get("token_type", ""))[:20],
        seconds=_duration(auth),
        renewable=auth.get("renewable") is True,
        policies=tuple(map(str, policies)) if isinstance(policies, list) else (),
    )


def _duration(document: dict[str, Any]) -> int:
    seconds = document.get("lease_duration")
    return max(0, min(seconds, MOST_SECONDS)) if type(seconds) is int else 0


def _words(document: dict[str, Any], sent: Sequence[Secret[str]]) -> str:
    errors = document.get("errors")
    if not isinstance(errors, list):
        return ""
    joined = "; ".join(" ".join(each.split()) for each in errors if isinstance(each, str))
    for secret in sent:
        joined = joined.replace(secret.reveal(), str(secret))
    return joined if len(joined) <= _MOST_WORDS else f"{joined[:_MOST_WORDS]}…"


def _seconds(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0  # noqa: PLR2004
