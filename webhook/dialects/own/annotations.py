"""Rule: which annotations are ours and what each of them says.

Facts
- Kubernetes compares annotation prefixes without regard to case, so `File.omamori.dev/x` is a valid annotation; a
  prefix under our domain that is not in lower case is refused, never ignored.
- Every annotation under our domain must be known: a typing error must not leave a Pod without its secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from vault.errors import ReferenceInvalid
from vault.references import parse_reference
from webhook.dialects.own import options
from webhook.dialects.own.value import ValueInvalid, parse_value
from webhook.errors import Problem, Rejected
from webhook.wish import FileWish, Format, Wish

DOMAIN = "omamori.dev"
FILE_PREFIX = f"file.{DOMAIN}"
ENV_PREFIX = f"env.{DOMAIN}"

POD_WIDE: dict[str, tuple[str, Callable[[str], Any]]] = {
    # the annotation's name: the field of Wish, and how its value is parsed
    "role": ("role", options.parse_role),
    "vault": ("vault", options.parse_vault),
    "containers": ("containers", options.parse_names),
    "position": ("position", options.parse_position),
    "run-as-user": ("run_as_user", options.parse_user),
    "resources": ("resources", options.parse_resources),
    "dir": ("directory", options.parse_directory),
}

FILE_OPTIONS: dict[str, tuple[str, Callable[[str], Any]]] = {
    # the option's name: the field of FileWish, and how its value is parsed
    "as": ("name", options.parse_name),
    "dir": ("directory", options.parse_directory),
    "format": ("format", options.parse_format),
    "mode": ("mode", options.parse_mode),
    "containers": ("containers", options.parse_names),
    "decode": ("decode", options.parse_decoding),
    "optional": ("optional", options.parse_boolean),
}

_FORMAT_OF_EXTENSION: dict[str, Format] = {
    "json": "json",
    "yaml": "yaml",
    "yml": "yaml",
    "env": "env",
    "properties": "properties",
}


def parse(pod: Mapping[str, Any]) -> Wish | None:
    """Parse what a Pod asks for in our grammar.

    None: there is no annotation of ours, or `omamori.dev/inject` is "false". Raises Rejected with every problem.
    """
    ours = tuple(_ours(pod))
    if not ours:
        return None
    wrong = [annotation for annotation, text in ours if not isinstance(text, str)]
    if wrong:
        raise Rejected(_problem(annotation, "is not a string; quote it") for annotation in wrong)
    return _parse(ours)


@lru_cache(maxsize=1024)  # a workload's Pods have the same annotations; what is given is immutable
def _parse(ours: tuple[tuple[str, str], ...]) -> Wish | None:
    problems: list[Problem] = []
    pod_wide: dict[str, Any] = {}
    files: list[FileWish] = []
    for annotation, text in ours:
        try:
            parsed = _parse_annotation(annotation, text)
        except Rejected as rejected:
            problems += [Problem(each.reason, annotation, each.what) for each in rejected.problems]
        except ValueError as error:
            problems.append(_problem(annotation, str(error)))
        else:
            if isinstance(parsed, FileWish):
                files.append(parsed)
            else:
                pod_wide.update(parsed)
    if not pod_wide.pop("inject", True):
        return None
    if problems:
        raise Rejected(problems)
    warnings = () if files else (f"no {FILE_PREFIX}/… annotation: nothing is injected",)
    return Wish(files=tuple(files), warnings=warnings, **pod_wide)


def _ours(pod: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    for annotation, text in annotations.items():
        prefix = annotation.partition("/")[0].lower()
        if prefix == DOMAIN or prefix.endswith(f".{DOMAIN}"):
            yield annotation, text


def _problem(annotation: str, what: str) -> Problem:
    return Problem("annotation", annotation, what)


def _parse_annotation(annotation: str, text: str) -> FileWish | dict[str, Any]:
    """Parse one annotation: a file, or fields of the Wish. Raises Rejected or ValueError."""
    prefix, _, name = annotation.partition("/")
    if prefix != prefix.lower():
        raise ValueError(f"has upper case in its prefix; write {prefix.lower()}/{name}")
    if prefix == FILE_PREFIX:
        return _parse_file(annotation, name, text)
    if prefix == DOMAIN:
        return _parse_pod_wide(name, text)
    if prefix == ENV_PREFIX:
        raise Rejected([Problem("unsupported", "", "this release has no environment variables yet; use a file")])
    raise ValueError(f"is unknown; the prefixes are {FILE_PREFIX} and {DOMAIN}")


def _parse_pod_wide(name: str, text: str) -> dict[str, Any]:
    if name == "inject":
        return {"inject": options.parse_boolean(text)}
    if name == "mode":
        if options.parse_choice(text, ("init", "sidecar")) == "sidecar":
            raise Rejected([Problem("unsupported", "", "this release has no sidecar mode yet; write init")])
        return {}
    if name not in POD_WIDE:
        raise ValueError(f"is unknown; {DOMAIN}/ is followed by one of inject, mode, {', '.join(POD_WIDE)}")
    field, parse_one = POD_WIDE[name]
    return {field: parse_one(text)}


def _parse_file(annotation: str, name: str, text: str) -> FileWish:
    try:
        value = parse_value(text)
        source = parse_reference(value.reference)
    except (ValueInvalid, ReferenceInvalid) as error:
        raise ValueError(str(error)) from None
    problems: list[Problem] = []
    fields: dict[str, Any] = {}
    data: dict[str, str] = {}
    for option, argument in value.options:
        if option.startswith("data."):
            known, target, field = True, data, option.removeprefix("data.")
        else:
            known, target = option in FILE_OPTIONS, fields
            field = FILE_OPTIONS[option][0] if known else option
        if not known or not field:
            known_options = ", ".join([*FILE_OPTIONS, "data.NAME"])
            problems.append(_problem("", f"has an unknown option {option[:40]}=; the options are {known_options}"))
        elif field in target:
            problems.append(_problem("", f"has the option {option[:40]}= twice"))
        elif target is data:
            data[field] = argument
        else:
            try:
                fields[field] = FILE_OPTIONS[option][1](argument)
            except ValueError as error:
                problems.append(_problem("", f"option {option}= {error}"))
                fields[field] = None
    if data and source.version is not None:
        problems.append(_problem("", "has data. options, which make it a write, and a version, which only reads have"))
    if problems:
        raise Rejected(problems)
    fields.setdefault("name", options.parse_name(name))
    fields.setdefault("format", _default_format(fields["name"], source.key))
    wish = FileWish(annotation=annotation, source=source, data=tuple(data.items()), **fields)
    _check_together(wish)
    return wish


def _default_format(name: str, key: str | None) -> Format:
    """One key is raw: its bytes as they are, whatever the file's name. A whole secret goes by the extension."""
    if key is not None:
        return "raw"
    return _FORMAT_OF_EXTENSION.get(name.rpartition(".")[2], "json")


def _check_together(wish: FileWish) -> None:
    whole = wish.source.key is None
    if whole and wish.format == "raw":
        raise ValueError("option format=raw needs one key: add #KEY to the path, or choose another format")
    if wish.decode and (whole or wish.format != "raw"):
        raise ValueError("option decode= needs one key in format raw: add #KEY to the path")
