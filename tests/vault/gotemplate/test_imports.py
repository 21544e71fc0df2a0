"""The package costs a Pod nothing but itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
