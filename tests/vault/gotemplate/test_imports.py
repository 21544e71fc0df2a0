"""The package costs a Pod nothing but itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vault.gotemplate.functions.table import MODULES

PROJECT = Path(__file__).parents[3]
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
before = set(sys.modules)
import vault.gotemplate.data, vault.gotemplate.template, vault.gotemplate.regexp.regexp
print(*sorted(set(sys.modules) - before))
"""


def test_it_imports_nothing() -> None:
    """What it needs of the standard library is built into the interpreter."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROGRAM, str(PROJECT)], capture_output=True, text=True, check=True
    )

    others = [each for each in done.stdout.split() if not each.startswith("vault")]
    assert others == ["__future__"]


FUNCTIONS = """
import sys
sys.path.insert(0, sys.argv[1])
from vault.gotemplate.functions.library import LIBRARY
from vault.gotemplate.template import parse
before = set(sys.modules)
parse(sys.argv[2].encode(), functions=LIBRARY)
print(*sorted(set(sys.modules) - before))
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{print 1}}", []),
        ('{{split "," "a" | join ";"}}', ["vault.gotemplate.functions.strings"]),
        ('{{sha256Hex "a"}}', ["_hashlib", "vault.gotemplate.functions.digests"]),
        ('{{parseJSON "1"}}', ["_json", "vault.gotemplate.data", "vault.gotemplate.functions.jsonreader"]),
        (
            '{{sprig_trunc 1 "a"}}',
            [
                "vault.gotemplate.functions.printed",
                "vault.gotemplate.functions.sprig.strings",
                "vault.gotemplate.functions.strings",
            ],
        ),
        (
            "{{toJSON 1 | base64Encode}}",
            ["binascii", "vault.gotemplate.functions.encodings", "vault.gotemplate.functions.jsonwriter"],
        ),
    ],
)
def test_a_template_imports_the_functions_that_it_names(text: str, expected: list[str]) -> None:
    """Functions cost what is named of them, and need C code of the standard library alone."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", FUNCTIONS, str(PROJECT), text], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == expected


def test_all_functions_import_c_code_alone() -> None:
    """No function loads a module of Python's standard library that is written in Python."""
    text = "{{if false}}" + "".join(f"{{{{{name}}}}}" for name in sorted(MODULES)) + "{{end}}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", FUNCTIONS, str(PROJECT), text], capture_output=True, text=True, check=True
    )

    others = {each for each in done.stdout.split() if not each.startswith("vault")}
    assert others - set(sys.builtin_module_names) <= {"_hashlib", "_json", "binascii"}
