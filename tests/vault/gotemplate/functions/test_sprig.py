"""sprig's functions: what stays different by choice, and that none shows a value."""

from __future__ import annotations

import itertools
import secrets
from typing import Any

import pytest

from tests.support.vault.chance import Chance
from vault.gotemplate.errors import ExecutionError, ParseError, TemplateError
from vault.gotemplate.functions.library import LIBRARY
from vault.gotemplate.functions.sprig import table
from vault.gotemplate.functions.table import MODULES
from vault.gotemplate.limits import Limits
from vault.gotemplate.template import parse

CANARY = f"canary{secrets.token_hex(8)}"
TEXT = CANARY.encode()
DATA: dict[bytes, Any] = {
    b"s": TEXT,
    b"p": TEXT + b"(",
    b"u": b"http://[" + TEXT,
    b"l": [TEXT, None, {TEXT: TEXT}],
    b"m": {TEXT: TEXT, b"a": [TEXT], b"path": [TEXT]},
    b"i": -1,
}
# by choice different from Consul-Template, and how ours ends
CHOICES = {
    '{{sprig_b64dec "?"}}': "illegal base64 data",
    '{{sprig_b32dec "1"}}': "illegal base32 data",
    '{{sprig_fromJson "1e400"}}': "a number of JSON that is out of range",
    '{{sprig_snakecase "é"}}': "sprig_snakecase of text that is not ASCII is not supported here",
    '{{sprig_kebabcase "é"}}': "sprig_kebabcase of text that is not ASCII is not supported here",
    "{{sprig_deepCopy scratch}}": r"a copy of a \*template.Scratch is not supported here",
    '{{sprig_regexFind "\\\\pL" "a"}}': "Unicode classes such as .* are not supported here",
    "{{sprig_slice (sprig_until 5) 0 6}}": "index out of range",
    '{{(sprig_toDate "2006" "2006").Month}}': r"can't evaluate field Month in type time.Time",
    '{{(sprig_semver "1").IncMajor}}': r"can't evaluate field IncMajor in type \*semver.Version",
}


@pytest.mark.parametrize("text", CHOICES)
def test_choices(text: str) -> None:
    """Each of these gives something in Consul-Template, and is refused here."""
    with pytest.raises(ExecutionError, match=f"{CHOICES[text]}$"):
        parse(text.encode(), functions=LIBRARY).execute(None)


def test_the_order_of_keys() -> None:
    """Keys and values come by the order of the keys, where Go has another each time."""
    text = b'{{$d := sprig_dict "b" 1 "a" 2 "c" 3}}{{sprig_keys $d $d}} {{sprig_values $d}}'
    assert parse(text, functions=LIBRARY).execute(None) == b"[a b c a b c] [2 1 3]"


@pytest.mark.parametrize("name", ["now", "uuidv4", "randAlphaNum", "date", "env", "genCA", "encryptAES", "bcrypt"])
def test_what_is_refused(name: str) -> None:
    """What Consul-Template has not, or a Pod should not do, is refused with its reason."""
    with pytest.raises(ParseError, match=f'"sprig_{name}" is not available here: '):
        parse(f"{{{{sprig_{name}}}}}".encode(), functions=LIBRARY)


def test_each_name_has_one_place() -> None:
    """The names of sprig are in one row each, with a module or with a reason."""
    names = [each for rows in (table.BY_MODULE, table.BY_REASON) for row in rows.values() for each in row]
    assert len(names) == len(set(names)) == 211


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_value_is_in_an_error(name: str) -> None:
    """Whatever a function refuses, the error has no value of the data."""
    for count in range(5):
        for arguments in itertools.islice(itertools.product((".s", ".p", ".u", ".l", ".m", ".i"), repeat=count), 250):
            template = parse(f"{{{{{' '.join((name, *arguments))}}}}}".encode(), functions=LIBRARY)
            try:
                template.execute(DATA, limits=Limits(steps=20_000), chance=Chance())
            except TemplateError as error:
                assert CANARY not in str(error)
