"""What a template gets of Vault's answer: Consul-Template's structs, with its names and types of fields."""

from __future__ import annotations

from vault.agent.api.responses import Number as AnswerNumber
from vault.gotemplate.data import from_json
from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.values import STRINGS_TYPE, NilPointer, Number, Slice, Struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vault.agent.fetch import Fetched
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_CERTIFICATE = "CERTIFICATE"


def as_secret(fetched: Fetched) -> Struct:
    """Return an answer as `secret` gives it. It is made anew each time, since functions may change the maps in it."""
    document = fetched.document.reveal()
    return Struct(
        "*dependency.Secret",
        {
            b"RequestID": _text(document.get("request_id")),
            b"LeaseID": _text(document.get("lease_id")),
            b"LeaseDuration": _integer(document.get("lease_duration")),
            b"Renewable": document.get("renewable") is True,
            b"Data": _exact(document.get("data") or {}),
            b"Warnings": _strings(document.get("warnings")),
            b"Auth": NilPointer("*dependency.SecretAuth"),
            b"WrapInfo": NilPointer("*dependency.SecretWrapInfo"),
        },
    )


def as_names(fetched: Fetched) -> Slice:
    """Return the names of a list, sorted, as `secrets` gives them. Raises Fault if the answer is no list."""
    names = fetched.values.reveal().get("keys")
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise Fault("secrets: the answer is not a list of names")
    return _strings(sorted(names, key=str.encode))


def _itself(_budget: Budget, pems: Pems) -> Pems:
    return pems


class Pems(Struct):
    """What `pkiCert` gives: Cert, Key, CA and CAChain, each a PEM block with a line end behind it."""

    __slots__ = ()
    methods = {b"Data": Function(_itself)}


def as_pems(fetched: Fetched) -> Pems:
    """Return the answer of a PKI engine. Raises Fault if it has no certificate in PEM."""
    data = fetched.values.reveal()
    chain = data.get("ca_chain")
    issuers = [*(chain if isinstance(chain, list) else ()), data.get("issuing_ca")]
    authorities = list(dict.fromkeys(block for text in issuers for block in _blocks(text)))
    own = [*_blocks(data.get("private_key")), *_blocks(data.get("certificate"))]
    keys = [block for block in own if _label(block).endswith("PRIVATE KEY")]
    certificates = [block for block in own if _label(block) == _CERTIFICATE and block not in authorities]
    if not certificates:
        raise Fault("pkiCert: the answer has no certificate in PEM; is `format` another one?")
    return Pems(
        "dependency.PemEncoded",
        {
            b"Cert": certificates[-1].encode(),
            b"Key": keys[-1].encode() if keys else b"",
            b"CA": authorities[0].encode() if authorities else b"",
            b"CAChain": _strings(authorities),
        },
    )


def _exact(value: Any) -> GoValue:
    """Return JSON as Go's reader keeps it: each number by its text."""
    return from_json(_with_numbers(value))


def _with_numbers(value: Any) -> Any:
    kind = type(value)
    if kind is int:
        return Number(str(value).encode())
    if kind is AnswerNumber:
        return Number(value.text.encode())
    if kind is dict:
        return {name: _with_numbers(each) for name, each in value.items()}
    if kind is list:
        return [_with_numbers(each) for each in value]
    return value


def _text(value: object) -> bytes:
    return value.encode(errors="replace") if isinstance(value, str) else b""


def _integer(value: object) -> int:
    return value if type(value) is int else 0


def _strings(value: object) -> Slice:
    texts = value if isinstance(value, list) else []
    return Slice([_text(each) for each in texts], type_name=STRINGS_TYPE)


def _blocks(text: object) -> list[str]:
    """Return the PEM blocks of a text, each ending with a line end."""
    found: list[str] = []
    whole = text if isinstance(text, str) else ""
    end = 0
    while (start := whole.find("-----BEGIN ", end)) >= 0:
        footer = whole.find("-----END ", start)
        dashes = whole.find("-----", footer + len("-----END "))
        if footer < 0 or dashes < 0:
            break
        end = dashes + len("-----")
        found.append(whole[start:end] + "\n")
    return found


def _label(block: str) -> str:
    return block[len("-----BEGIN ") : block.find("-----", len("-----BEGIN "))]
