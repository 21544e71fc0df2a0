"""Read the answers of AWS STS, which are XML, without a parser of XML: what is read has no attributes. Pure.

Strict: an answer that has an element twice, or not at all, is not understood; nothing in it is followed or expanded
but the five entities of XML.
"""

from __future__ import annotations

from vault.agent.api.aws_signature import Credentials
from vault.agent.secret import Secret

_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))
_MOST_WORDS = 300


def parse_credentials(answer: bytes) -> Credentials | None:
    """Return the keys in the answer to AssumeRoleWithWebIdentity. None: it is no such answer."""
    found = _element(_text(answer), "Credentials")
    values = [found and _element(found, name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
    if not all(each and each.isascii() and each.isprintable() for each in values):
        return None
    access_key, secret_key, session_token = map(str, values)
    return Credentials(access_key=access_key, secret_key=Secret(secret_key), session_token=Secret(session_token))


def parse_error(answer: bytes, token: Secret[str]) -> tuple[str, str]:
    """Return the code and the words of an error, "" for what is not there, and without the token that was sent."""
    error = _element(_text(answer), "Error") or ""
    code, words = _element(error, "Code") or "", _element(error, "Message") or ""
    sent = token.reveal()
    code, words = (each.replace(sent, str(token)) if sent else each for each in (code, words))
    return " ".join(code.split())[:_MOST_WORDS], " ".join(words.split())[:_MOST_WORDS]


def _text(answer: bytes) -> str:
    return answer.decode("utf-8", "replace")


def _element(text: str, name: str) -> str | None:
    """Return what is in the one element of a name, entities resolved if it has no other in it. None: not just one."""
    opening, closing = f"<{name}>", f"</{name}>"
    if text.count(opening) != 1 or text.count(closing) != 1:
        return None
    inner = text.partition(opening)[2].partition(closing)[0].strip()
    if "<" in inner:
        return inner
    for entity, character in _ENTITIES:
        inner = inner.replace(entity, character)
    return inner
