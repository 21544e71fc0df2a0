"""Parse the annotation of one secret, as a file, a variable or several, and collect all of its mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vault.contract.errors import ReferenceInvalid
from vault.contract.plan import KEY_STORES, NAMED_FORMATS
from vault.contract.references import SecretRef, parse_reference
from vault.contract.shown import quoted, shown
from webhook.admission.annotations import parsers
from webhook.admission.annotations.grammar import ValueInvalid, parse_value
from webhook.admission.annotations.option_parser import option_problem, parse_option_values
from webhook.admission.annotations.placement import check_placement
from webhook.admission.annotations.pod_annotations import EnvFromSpec, EnvSpec, FileSpec
from webhook.admission.annotations.selection import check_names, check_variable_names
from webhook.admission.annotations.values import Format
from webhook.admission.problems import Problems
from webhook.config.directories import parse_name
from webhook.config.row import Row, rows_of

FILE_OPTIONS = rows_of(FileSpec)
VARIABLE_OPTIONS = rows_of(EnvSpec)
ENV_FROM_OPTIONS = rows_of(EnvFromSpec)

_FORMAT_OF_EXTENSION: dict[str, Format] = {
    "json": "json",
    "yaml": "yaml",
    "yml": "yaml",
    "env": "env",
    "properties": "properties",
    "toml": "toml",
    "ini": "ini",
    "dockerconfigjson": "dockerconfigjson",
    "p12": "pkcs12",
    "pfx": "pkcs12",
    "jks": "jks",
}


@dataclass(frozen=True, slots=True)
class _Secret:
    """A reference, the fields that its options give, and what a call that writes sends."""

    source: SecretRef
    fields: dict[str, Any]
    data: tuple[tuple[str, str], ...]


def parse_file(annotation: str, name: str, text: str) -> FileSpec:
    """Parse a secret that is delivered as a file. Raises ValueError, or Rejected with every problem."""
    secret = _parse_secret(text, FILE_OPTIONS)
    fields = secret.fields
    if "name" not in fields:
        fields["name"] = parse_name(name)
    if "format" not in fields:
        # a password is for a key store, so the extension says of one key, too, what is to become of it
        is_store = fields.get("password") is not None
        fields["format"] = _default_format(fields["name"], None if is_store else secret.source.key)
    spec = FileSpec(annotation=annotation, source=secret.source, data=secret.data, **fields)
    _check_together(spec)
    _check_selection(spec)
    check_placement(spec)
    return spec


def parse_variable(annotation: str, name: str, text: str) -> EnvSpec:
    """Parse a secret that is delivered as a variable. Raises ValueError, or Rejected with every problem."""
    secret = _parse_secret(text, VARIABLE_OPTIONS)
    fields = secret.fields
    if "name" not in fields:
        fields["name"] = parsers.parse_variable_name(name)
    fields.setdefault("format", "json" if secret.source.key is None else "raw")
    spec = EnvSpec(annotation=annotation, source=secret.source, data=secret.data, **fields)
    _check_together(spec)
    return spec


def parse_variable_set(annotation: str, text: str) -> EnvFromSpec:
    """Parse a secret whose keys are delivered as variables. Raises ValueError, or Rejected with every problem."""
    secret = _parse_secret(text, ENV_FROM_OPTIONS)
    spec = EnvFromSpec(annotation=annotation, source=secret.source, data=secret.data, **secret.fields)
    check_names(spec)
    check_variable_names(spec)
    return spec


def _parse_secret(text: str, known: Mapping[str, Row]) -> _Secret:
    try:
        value = parse_value(text)
        source = parse_reference(value.reference)
    except (ValueInvalid, ReferenceInvalid) as error:
        raise ValueError(str(error)) from None
    problems = Problems()
    data: dict[str, str] = {}
    others: list[tuple[str, str]] = []
    for option, argument in value.options:
        is_data = option.startswith("data.") and option != "data."
        field = option.removeprefix("data.")
        if not is_data:
            others.append((option, argument))
        elif field in data:
            problems.add(option_problem(f"has the option {shown(option, 40)}= twice"))
        else:
            problems.extend(map(option_problem, _wrong_in_data(field, argument)))
            data[field] = argument
    fields = parse_option_values(others, known, problems, more=("data.NAME",))
    if data and source.version is not None:
        what = "has data. options, which make it a write, and a version, which only a read can have"
        problems.add(option_problem(what))
    problems.raise_if_any()
    return _Secret(source, fields, tuple(data.items()))


def _wrong_in_data(field: str, argument: str) -> Iterator[str]:
    """Check that a write's fields are Unicode without a NUL: they are sent as JSON and passed in the environment."""
    for text in (field, argument):
        if "\0" in text or (not text.isascii() and text != text.encode(errors="replace").decode()):
            yield f"option data.{shown(field, 40)}= has a NUL, or is not Unicode"
            return


def _default_format(name: str, key: str | None) -> Format:
    """One key is raw: its bytes as they are, whatever the file's name. A whole secret goes by the extension.

    Without an extension it is JSON. Raises ValueError for one that says nothing of a format: JSON in an app.conf would
    be found out by whoever reads it.
    """
    if key is not None:
        return "raw"
    file = name.rpartition("/")[2]
    _, dot, extension = file.rpartition(".")
    if not dot:
        return "json"
    try:
        return _FORMAT_OF_EXTENSION[extension.lower()]
    except KeyError:
        formats = ", ".join(each for each in parsers.FORMATS if each != "raw")
        raise ValueError(
            f"is a whole secret, and {quoted(file)} would be JSON: set format= ({formats}), or select one key with #KEY"
        ) from None


def _check_together(spec: FileSpec | EnvSpec) -> None:
    whole = spec.source.key is None
    if whole and spec.format == "raw":
        raise ValueError("option format=raw needs one key: add #KEY to the path, or choose another format")
    if not whole and spec.format == "fullchain":
        raise ValueError("option format=fullchain needs the whole secret: remove #KEY, or take format=pem-bundle")
    if spec.decode and (whole or spec.format != "raw"):
        raise ValueError("option decode= needs one key in format raw: add #KEY to the path")


def _check_selection(spec: FileSpec) -> None:
    """Check what is said of the keys of a whole secret, as far as it is known without the secret."""
    if (spec.password is not None) != (spec.format in KEY_STORES):
        raise ValueError(
            f"option password= is for the formats {' and '.join(KEY_STORES)}, which need it, and this is {spec.format}"
        )
    if spec.section is not None and spec.format != "ini":
        raise ValueError(f"option section= is for the format ini, and this is {spec.format}")
    options = {"keys": spec.keys, "rename": spec.renames, "prefix": spec.prefix, "upper": spec.upper}
    used = [f"{name}=" for name, value in options.items() if value]
    if not used:
        return
    if spec.format not in NAMED_FORMATS:
        raise ValueError(
            f"option {used[0]} is for formats with names ({', '.join(NAMED_FORMATS)}), and this is {spec.format}"
        )
    check_names(spec)
