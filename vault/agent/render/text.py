"""One value of a secret as text, or as JSON; the ground that all formats stand on."""

from __future__ import annotations

from vault.agent.api.responses import Number
from vault.contract import cjson
from vault.contract.errors import NotRepresentable
from vault.contract.shown import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def text_of(name: str, value: Any) -> str:
    """Return a value as text: a string as it is, a number, true or false and structures as JSON, null not at all."""
    if isinstance(value, str):
        return value
    if value is None:
        raise NotRepresentable(f"the key {quoted(name)} is null", hint="write a value, or take the format json or yaml")
    return json_of(value)


def json_of(value: Any) -> str:
    """Return a value as compact JSON, in the order that Vault gave, numbers as they were."""
    if isinstance(value, dict):
        members = ",".join(f"{cjson.quote(key)}:{json_of(each)}" for key, each in value.items())
        return f"{{{members}}}"
    if isinstance(value, list):
        return f"[{','.join(map(json_of, value))}]"
    if isinstance(value, Number):
        return value.text
    return cjson.quote(value) if isinstance(value, str) else cjson.dumps(value)


def encoded(name: str, text: str) -> bytes:
    """Return text as UTF-8. Raises NotRepresentable for half of a surrogate pair, which JSON can carry."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise NotRepresentable(
            f"the key {quoted(name)} has a character that is not valid Unicode", hint="store it encoded, as base64"
        ) from None
