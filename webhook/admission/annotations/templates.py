"""Parse a Go template and the options beside it, which are in an annotation of their own: a text may contain anything.

    template.omamori.dev/NAME          the text, its bytes as they are; or volume:VOLUME/path, and nothing else
    template-options.omamori.dev/NAME  option { blank option }

The template is not parsed here: that would be work that an author can make as large as the text. What could only be a
mistake is refused: a text without the left delimiter, in which nothing would be filled in.
"""

from __future__ import annotations

import re
from typing import Any

from vault.contract.shown import quoted
from webhook.admission.annotations.grammar import ValueInvalid, parse_options
from webhook.admission.annotations.option_parser import parse_option_values
from webhook.admission.annotations.placement import check_placement
from webhook.admission.annotations.pod_annotations import TemplateSpec
from webhook.admission.limits import MAX_TEMPLATE_BYTES
from webhook.admission.problems import Problems, Rejected
from webhook.config.directories import parse_name
from webhook.config.row import rows_of

TEMPLATE_OPTIONS = rows_of(TemplateSpec)

_BLANKS = " \t\r\n"
_VOLUME = "volume:"
_MOST_VOLUME_BYTES = 2048
# a volume's name is a DNS label; the keys of a ConfigMap have these characters, and so have their paths in a volume
_FILE = re.compile(r"volume:([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)/([-._A-Za-z0-9/]+)")


def parse_template(annotation: str, name: str, text: str, options: str | None) -> TemplateSpec | None:
    """Parse a template. `options` is the text of its options, None: there are none.

    None: what is wrong is in the options, and `check_options` tells it. Raises ValueError.
    """
    source = _parse_source(text)
    if options is None:
        fields: dict[str, Any] = {"name": parse_name(name)}
    else:
        try:
            fields = _parse_options(options, name)
        except (ValueError, Rejected):
            return None
    spec = TemplateSpec(annotation=annotation, **source, **fields)
    if spec.text and spec.delimiters[0] not in text:
        raise ValueError(_without_action(annotation, text, spec.delimiters))
    return spec


def check_options(text: str, template: str, *, is_there: bool) -> None:
    """Check the options of the annotation `template`. Raises ValueError, or Rejected with every problem."""
    if not is_there:
        raise ValueError(f"has the options of {template}, which is not there")
    _parse_options(text, template.partition("/")[2])


def _parse_options(text: str, name: str) -> dict[str, Any]:
    """Return the fields that options give, and the file's name: theirs, or the annotation's, `name`."""
    try:
        options = parse_options(text)
    except ValueInvalid as error:
        raise ValueError(str(error)) from None
    problems = Problems()
    fields = parse_option_values(options, TEMPLATE_OPTIONS, problems)
    problems.raise_if_any()
    fields.setdefault("name", parse_name(name))
    check_placement(TemplateSpec(annotation="", **fields))
    return fields


def _parse_source(text: str) -> dict[str, Any]:
    """Return the fields that say where the template is."""
    if not text.strip(_BLANKS):
        raise ValueError("is empty; write the text of a template, or volume:VOLUME/path for a file of a ConfigMap")
    check_text(text)
    if len(text) <= _MOST_VOLUME_BYTES:
        found = _FILE.fullmatch(text.strip(_BLANKS))
        if found is not None:
            return {"volume": found[1], "path": _parse_path(found[2])}
    return {"text": text}


def check_text(text: str) -> None:
    """Check the size and the characters of a template. Raises ValueError."""
    octets = text.encode(errors="replace")
    if len(octets) > MAX_TEMPLATE_BYTES:
        raise ValueError(f"has more than {MAX_TEMPLATE_BYTES >> 10} KiB, which no template may have")
    if "\0" in text or octets.decode() != text:
        raise ValueError("has a NUL, or is not Unicode")


def _parse_path(text: str) -> str:
    try:
        return parse_name(text)
    except ValueError as error:
        raise ValueError(f"names a file of a volume, and its path {error}") from None


def _without_action(annotation: str, text: str, delimiters: tuple[str, str]) -> str:
    """Say why a text without its left delimiter is refused, and what to write."""
    written = text.strip(_BLANKS)
    if written.startswith(_VOLUME):
        return (
            f"is {quoted(written)}, which is no file of a volume: write volume:VOLUME/path, where VOLUME is the name "
            "of a volume, and path has letters, digits, '-', '_', '.' and '/'"
        )
    left, right = delimiters
    options = annotation.replace("template.", "template-options.", 1)
    what = f"has no {left}, so that nothing would be filled in; its delimiters are {left} and {right}"
    if "{{" in text:
        return f"{what}; for {{{{ and }}}} write {options}: 'delimiters=\"{{{{ }}}}\"'"
    return f"{what}; {options} can set others, for example 'delimiters=\"<% %>\"'"
