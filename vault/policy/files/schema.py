"""Validate files against their published JSON Schema and turn its errors into readable messages.

A subschema may have an `errorMessage`, which is appended to the name of the invalid part.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from vault.places import Mistake
from vault.yamlfile import Document

_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a string",
    "integer": "a number",
    "boolean": "true or false",
}


def find_mistakes(document: Document, schema: str) -> list[Mistake]:
    """Return every violation of `schema` (a file name in this folder)."""
    errors = list(_validator(schema).iter_errors(document.value))
    mistyped = {tuple(error.absolute_path) for error in errors if error.validator == "type"}
    return [
        mistake
        for error in errors
        if error.validator == "type" or tuple(error.absolute_path) not in mistyped  # more on that part would be noise
        for mistake in _mistakes(document, error)
    ]


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(files(__package__).joinpath(schema).read_text()))


def _mistakes(document: Document, error: ValidationError) -> Iterator[Mistake]:
    keys = tuple(error.absolute_path)
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    instance: Any = error.instance
    match error.validator:
        case "additionalProperties":
            known = schema["properties"]
            for key in instance:
                if key not in known:
                    what = f"{_name((*keys, key))} is not known; there are: {', '.join(known)}"
                    yield Mistake(document.place(*keys, key), what)
        case "required":
            # one error for each missing key, all with the same list
            key = next(each for each in schema["required"] if each not in instance and f"'{each}'" in error.message)
            yield Mistake(document.place(*keys), f"{_name(keys) or 'the file'} lacks {key}")
        case "anyOf" if isinstance(instance, list) and (inner := _of_list(error)):
            for each in inner:
                yield from _mistakes(document, each)
        case _ if _is_key(document, error):
            yield Mistake(document.place(*keys, instance), f"{_name((*keys, instance))} {_words(error, schema)}")
        case _:
            yield Mistake(document.place(*keys), f"{_name(keys) or 'the file'} {_words(error, schema)}")


def _of_list(error: ValidationError) -> list[ValidationError]:
    """Return what is wrong with a list, or its entries, where another shape would have been allowed, too."""
    return [each for each in error.context or () if each.validator not in {"type", "enum", "const"} or len(each.path)]


def _is_key(document: Document, error: ValidationError) -> bool:
    """Whether the error is about a key (`propertyNames`); its path then leads to the mapping, not to the key."""
    if "propertyNames" not in error.absolute_schema_path:
        return False
    value = document.value
    for key in error.absolute_path:
        value = value[key]
    return isinstance(value, Mapping) and error.instance in value


def _words(error: ValidationError, schema: Mapping[str, Any]) -> str:
    if error.validator == "type":
        wanted = schema["type"]
        kinds = " or ".join(_KINDS[each] for each in ([wanted] if isinstance(wanted, str) else wanted))
        keys = ", ".join(schema.get("properties", ()))
        return f"is not {kinds}; its keys are: {keys}" if keys else f"is not {kinds}"
    if "errorMessage" in schema:
        return str(schema["errorMessage"])
    if error.validator in {"minLength", "minItems", "minProperties"}:
        return "is empty"
    if error.validator == "maxLength":
        return f"has more than {schema['maxLength']} characters"
    if error.validator == "uniqueItems":
        return "has duplicate entries"
    return str(error.message)


def _name(keys: tuple[str | int, ...]) -> str:
    text = ""
    for key in keys:
        text += f"[{key + 1}]" if isinstance(key, int) else f".{key}" if text else str(key)
    return text
