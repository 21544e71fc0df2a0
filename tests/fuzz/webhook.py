"""What comes to the webhook: reviews, annotations, settings."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

from tests.fuzz.target import Target, cases, text_of
from tests.support.webhook.answers import endpoint, valid
from tests.support.webhook.builders import ENVIRONMENT, review
from tests.support.webhook.mutation import CORPUS
from vault.contract.errors import ReferenceInvalid
from vault.contract.references import parse_reference
from vault.contract.shown import shown
from webhook.admission.annotations.grammar import ValueInvalid, parse_value
from webhook.admission.annotations.parse import POD_WIDE, parse_annotations
from webhook.admission.annotations.secrets import FILE_OPTIONS, VARIABLE_OPTIONS
from webhook.admission.annotations.templates import TEMPLATE_OPTIONS
from webhook.admission.limits import MAX_NAME_CHARACTERS
from webhook.admission.problems import Rejected
from webhook.admission.rawjson import MalformedReview
from webhook.admission.review import parse_review
from webhook.config.environ import PREFIX, SettingsInvalid
from webhook.config.patterns import parse_role_pattern
from webhook.config.quantity import QuantityInvalid, parse_quantity, render_mebibytes
from webhook.config.settings import from_environ

_LOG = io.BytesIO()
_MUTATE = endpoint(_LOG)
_REVIEWS = [review(case["pod"]) for case in CORPUS]
_OPTIONS: list[Callable[[str], Any]] = [
    each.parse for rows in (POD_WIDE, FILE_OPTIONS, VARIABLE_OPTIONS, TEMPLATE_OPTIONS) for each in rows.values()
]


def parsed_review(data: bytes) -> None:
    """A request with a uid, or MalformedReview."""
    try:
        assert parse_review(data).uid
    except MalformedReview as refused:
        assert str(refused)


def answered(data: bytes) -> None:
    """The whole way: a valid answer, or 400; what is added, and nothing else, is in the patched Pod."""
    _LOG.seek(0)
    _LOG.truncate()
    valid(data, *_MUTATE.answer(data))


def parsed_annotations(data: bytes) -> None:
    """Names and values by turns, separated by NUL: an InjectionSpec, or problems that name their annotations."""
    parts = text_of(data).split("\0")
    named = dict(zip(parts[::2], parts[1::2], strict=False))
    shown_names = {shown(name, MAX_NAME_CHARACTERS) for name in named}
    try:
        parse_annotations({"metadata": {"annotations": named}})
    except Rejected as rejected:
        assert rejected.problems
        for problem in rejected.problems:
            assert problem.where in shown_names or problem.reason == "too-large"
            assert problem.what


def parsed_value(data: bytes) -> None:
    """A value: the reference has no blank in it, and so have the options' names."""
    try:
        parsed = parse_value(text_of(data))
    except ValueInvalid as refused:
        assert str(refused)
    else:
        assert not set(" \t\r\n") & set(parsed.reference.join(name for name, _ in parsed.options))


def parsed_reference(data: bytes) -> None:
    """A reference whose canonical text means the same."""
    try:
        parsed = parse_reference(text_of(data))
    except ReferenceInvalid as refused:
        assert str(refused)
    else:
        assert parse_reference(str(parsed)) == parsed


def parsed_option(data: bytes) -> None:
    """An option of any kind: a value, or ValueError with words."""
    if not data:
        return
    try:
        _OPTIONS[data[0] % len(_OPTIONS)](text_of(data[1:]))
    except ValueError as refused:
        assert type(refused) in {ValueError, QuantityInvalid}
        assert str(refused)


def parsed_quantity(data: bytes) -> None:
    """A number that can be rendered, or QuantityInvalid."""
    try:
        amount = parse_quantity(text_of(data))
    except QuantityInvalid as refused:
        assert str(refused)
    else:
        assert amount.is_finite()
        if abs(amount) < 2**63:  # Kubernetes' own bound; ours is in characters
            assert parse_quantity(render_mebibytes(int(amount))) >= int(amount)


def parsed_role_pattern(data: bytes) -> None:
    """A pattern that gives different accounts different roles."""
    try:
        pattern = parse_role_pattern(text_of(data))
    except ValueError as refused:
        assert type(refused) is ValueError
        assert str(refused)
    else:
        accounts = [("a", "b.c"), ("a-b", "c"), ("a", "b-c"), ("a-b.c", "d"), ("a", "b"), ("ab", "c"), ("a", "bc")]
        accounts = [(namespace, account) for namespace, account in accounts if "." not in namespace]
        assert len({pattern.role(*each) for each in accounts}) == len(accounts)


def read_settings(data: bytes) -> None:
    """Lines NAME=VALUE under our prefix, beside what must be there: settings, or every mistake by its name."""
    given = dict(line.partition("=")[::2] for line in text_of(data).split("\n") if line)
    # a path would be opened, and some never end
    given = {PREFIX + name: text.replace("/", "") if name.endswith("_FILE") else text for name, text in given.items()}
    try:
        from_environ({**ENVIRONMENT, **given})
    except SettingsInvalid as invalid:
        assert invalid.mistakes
        assert all(each.startswith(PREFIX) for each in invalid.mistakes)


def _annotation_seeds() -> list[bytes]:
    table = cases("own-annotations.json")
    chosen = [case["annotations"] for kind in table.values() for case in kind]
    return ["\0".join(f"{name}\0{text}" for name, text in each.items()).encode() for each in chosen if each]


_VALUES = [b"secret/data/a#k mode=0400 as=x", b'pki/issue/w data.common_name="a b" format=json', b"kv/x#k@3"]
_REFERENCES = [json.dumps(case["text"])[1:-1].encode() for case in cases("references.json")]
_OPTION_TEXTS = (b"true", b"0400", b"app,web", b"after:x", b"cpu=10m,memory=32Mi", b"1000", b"/srv/a", b"a.b", b"{{ }}")

WEBHOOK_TARGETS = {
    "review": Target(parsed_review, _REVIEWS),
    "answer": Target(answered, _REVIEWS),
    "annotations": Target(parsed_annotations, _annotation_seeds()),
    "value": Target(parsed_value, _VALUES),
    "reference": Target(parsed_reference, _REFERENCES),
    "option": Target(
        parsed_option, [bytes([number]) + text for number in range(len(_OPTIONS)) for text in _OPTION_TEXTS]
    ),
    "quantity": Target(parsed_quantity, [b"100m", b"64Mi", b"1e3", b"0.5", b"+.5E", b"1E-9", b"9" * 40]),
    "role-pattern": Target(parsed_role_pattern, [b"{namespace}.{service_account}", b"x_{service_account}_{namespace}"]),
    "settings": Target(
        read_settings,
        [
            b"VAULTS=main,b\nVAULT_B_ADDRESS=http://b\nVAULT_B_INSECURE=true\nVAULT_B_AUDIENCE=b",
            b"AGENT_CPU=10m\nAGENT_DEADLINE_SECONDS=30\nROLE_PATTERN={namespace}.{service_account}",
            b"VAULT_MAIN_CA_FILE=x\nSERVICE_HOST=1\nLOG_LEVEL=debug",
        ],
    ),
}
