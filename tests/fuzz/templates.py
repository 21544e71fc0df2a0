"""Templates: text from a Pod's author, and format strings from anywhere."""

from __future__ import annotations

from tests.fuzz.target import Target, cases
from vault.gotemplate.errors import TemplateError
from vault.gotemplate.functions.library import LIBRARY
from vault.gotemplate.limits import Limits
from vault.gotemplate.template import parse

_LIMITS = Limits(steps=10_000, output_bytes=64 * 1024, made_bytes=256 * 1024)
_DATA = {b"a": {b"b": b"x", b"n": None}, b"l": [1, b"two", None, True, 1.5], b"i": 7, b"s": "é<".encode()}
_FORMATTED = (b"a\xff", 255, -1.5, True, [b"a", None], {b"k": 1}, None)


def rendered(data: bytes) -> None:
    """Any bytes, as a template and between delimiters, give an output within the limits, or an error with words."""
    for text in (data, b"{{" + data + b"}}"):
        try:
            output = parse(text, functions=LIBRARY).execute(_DATA, limits=_LIMITS)
        except TemplateError as refused:
            assert refused.reason
        else:
            assert len(output) <= _LIMITS.output_bytes


def formatted(data: bytes) -> None:
    """Any format prints every kind of value, or too much of it, or an address."""
    for value in _FORMATTED:
        try:
            parse(b"{{printf .f .v .w}}").execute({b"f": data, b"v": value, b"w": 3}, limits=_LIMITS)
        except TemplateError as refused:
            assert refused.reason


_FILES = ("gotemplate.json", "consultemplate.json", "sprig.json")
_ROWS = [each for name in _FILES for each in cases(name) if "template" in each]
TEMPLATE_TARGETS = {
    "template": Target(rendered, [each["template"].encode() for each in _ROWS]),
    "format": Target(formatted, [b"%d", b"%+5.1f|%-q", b"%[1]*.[2]*[1]x", b"%#v %T", b"% x%!"]),
}
