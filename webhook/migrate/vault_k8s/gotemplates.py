"""What a Go template of vault-k8s depends on: one key of a secret, keys that may be missing, its container's variables.

Facts
- vault agent writes `<no value>` for a field that a map does not have, and takes it for false in a condition; omamori's
  own templates fail. `index` gives nothing for a missing key in both.
- One key alone is the same as `file.omamori.dev/…` for each text, number, and boolean. Of a list or a map the
  template writes Go's `map[…]`, the file JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from vault.agent.render.templates.calls import read_of
from vault.contract.errors import ReferenceInvalid
from vault.contract.references import SecretRef
from vault.gotemplate.errors import Fault
from vault.gotemplate.nodes import (
    Action,
    Branch,
    Chain,
    Command,
    Field,
    Identifier,
    If,
    Operand,
    Pipe,
    Range,
    Statement,
    String,
    Text,
    Variable,
    With,
)
from webhook.admission.annotations.pod_annotations import TemplateSpec
from webhook.workloads.template_paths import parse_parts, pipes_of

_DATA = b"Data"
_KV2 = b"data"
_SECRETS = {(), (_DATA,), (_DATA, _KV2)}
_ENVELOPE = {"data", "metadata"}
_READS_VARIABLES = re.compile(r"\b(?:env|envOrDefault|mustEnv|sprig_env|sprig_expandenv|executeTemplate)\b")
_TESTING = frozenset(["and", "or", "not", "default", "coalesce", "empty", "ternary"])


class Key(NamedTuple):
    """One key of a secret. `is_base64`: its value is decoded."""

    source: SecretRef
    is_base64: bool


class Keys(NamedTuple):
    """Whether a template takes keys by their names as fields, and whether it asks by one if the key is there."""

    takes: bool
    tests: bool


def find_keys(template: TemplateSpec) -> Keys:
    """Look for fields in all parts of a template. Raises TemplateError."""
    found: list[bool] = []
    for statements in parse_parts(template.text, template.delimiters).values():
        conditions = list(_conditions(statements))
        for pipe in pipes_of(statements):
            fields = _fields(pipe, is_test=pipe in conditions)
            found += [is_test for names, is_test in fields if names not in _SECRETS]
    return Keys(takes=bool(found), tests=any(found))


def reads_variables(template: TemplateSpec, names: tuple[str, ...]) -> bool:
    """Whether a template may read one of these variables of its container."""
    return any(name in template.text for name in names) and bool(_READS_VARIABLES.search(template.text))


def single_key(template: TemplateSpec) -> Key | None:
    """Return the key that a template consists of: `{{ with secret "p" }}{{ .Data.data.k }}{{ end }}`.

    None: it is another one. Raises TemplateError.
    """
    parts = parse_parts(template.text, template.delimiters)
    if len(parts) != 1:
        return None
    match [each for each in parts.popitem()[1] if not _is_nothing(each)]:
        case [With(pipe=pipe, body=body, otherwise=None)] if not pipe.declared and len(pipe.commands) == 1:
            path = _path(pipe.commands[0])
        case _:
            return None
    match [each for each in body if not _is_nothing(each)]:
        case [Action(pipe=Pipe(declared=(), commands=commands))] if path is not None:
            fields, is_base64 = _value(commands)
        case _:
            return None
    return _key(path, fields, is_base64=is_base64) if fields else None


def _key(path: bytes, fields: tuple[bytes, ...], *, is_base64: bool) -> Key | None:
    try:
        read = read_of("secret", (path,), 0, allows_short_lease=False)
        names = [each.decode() for each in fields]
    except (Fault, UnicodeDecodeError):
        return None
    segments = read.path.split("/")
    match names:
        case ["Data", "data", key] if "data" in segments[1:-1]:  # the whole path of KV version 2
            version = read.version
        case ["Data", key] if "data" not in segments and key not in _ENVELOPE and read.version is None:
            version = None
        case _:
            return None
    try:
        return Key(SecretRef(path=read.path, key=key, version=version), is_base64)
    except ReferenceInvalid:
        return None


def _path(command: Command) -> bytes | None:
    match command.arguments:
        case (Identifier(name="secret"), String(text=text)):
            return text
    return None


def _value(commands: tuple[Command, ...]) -> tuple[tuple[bytes, ...], bool]:
    """Return the names of the fields, () for anything else, and whether the value is decoded."""
    first, *others = commands
    match first.arguments:
        case (Field(fields=fields),):
            pass
        case (Identifier(name="index"), Field(fields=before), String(text=key)) if before in _SECRETS:
            fields = (*before, key)
        case _:
            return (), False
    match [each.arguments for each in others]:
        case []:
            return fields, False
        case [(Identifier(name="base64Decode"),)]:
            return fields, True
    return (), False


def _is_nothing(statement: Statement) -> bool:
    return isinstance(statement, Text) and not statement.text


def _conditions(statements: tuple[Statement, ...]) -> Iterator[Pipe]:
    """Yield the values that `if`, `with` and `range` ask for being there; calls are not."""
    for each in statements:
        if isinstance(each, If | With | Range) and _is_operand(each.pipe):
            yield each.pipe
        if isinstance(each, Branch):
            yield from _conditions((*each.body, *(each.otherwise or ())))


def _is_operand(pipe: Pipe) -> bool:
    """Whether a pipeline is a value, without any call."""
    return len(pipe.commands) == 1 and len(pipe.commands[0].arguments) == 1


def _fields(operand: Operand, *, is_test: bool) -> Iterator[tuple[tuple[bytes, ...], bool]]:
    """Yield the fields that are in an operand, and whether they are asked for being there."""
    if isinstance(operand, Field | Variable):
        yield operand.fields, is_test
    elif isinstance(operand, Chain):
        yield operand.fields, is_test
        yield from _fields(operand.node, is_test=False)
    elif isinstance(operand, Pipe):
        tested = is_test or any(_is_testing(each) for each in operand.commands)
        for command in operand.commands:
            for each in command.arguments:
                yield from _fields(each, is_test=tested)


def _is_testing(command: Command) -> bool:
    function = command.arguments[0]
    return isinstance(function, Identifier) and function.name.removeprefix("sprig_") in _TESTING
