"""The documents say what the code does: each function and setting that they name is there."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any

from webhook.admission.annotations.dialects import DIALECTS
from webhook.commands.controller import controller_from_environ
from webhook.config.environ import PREFIX, SettingsInvalid
from webhook.config.settings import from_environ

PROJECT = Path(__file__).parents[1]


def calls_of_page() -> Iterator[tuple[str, str]]:
    """Give the pairs of caller and callee of ARCHITECTURE.md's paths; a function at the left edge has the caller ""."""
    blocks = re.findall(r"```path\n(.*?)```", (PROJECT / "ARCHITECTURE.md").read_text(), re.DOTALL)
    for block in blocks:
        callers: list[str] = []
        for line in filter(str.strip, block.splitlines()):
            depth = (len(line) - len(line.lstrip())) // 4
            name = line.split()[0]
            callers = [*callers[:depth], name]
            yield (callers[depth - 1] if depth else ""), name


def look_up(name: str) -> Any:
    """Give the function of a dotted name: the longest part that is a module, then attributes."""
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            module = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        return reduce(getattr, parts[length:], module)
    raise AssertionError(f"there is no module for {name}")


def names_called(function: Any) -> list[str]:
    """Give the names that a function calls, in the order of its text: of `a.b(c)` it is b."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    calls.sort(key=lambda node: (node.lineno, node.col_offset))
    return [node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "") for node in calls]


def test_paths() -> None:
    """Each function that ARCHITECTURE.md names exists, and the one above it calls it, in the page's order."""
    pairs = list(calls_of_page())

    assert len(pairs) > 30
    reached: dict[str, int] = {}
    for caller, callee in pairs:
        function = look_up(callee)
        assert callable(function), callee
        if not caller or (function in DIALECTS and "DIALECTS" in inspect.getsource(look_up(caller))):
            continue
        calls = names_called(look_up(caller))
        name = callee.rpartition(".")[2]
        start = reached.get(caller, 0)
        assert name in calls[start:], f"{caller} does not call {callee}, or not behind the ones above it"
        reached[caller] = calls.index(name, start) + 1


def test_rooms() -> None:
    """Each module of both packages is named in ARCHITECTURE.md's table of rooms or in its paths."""
    page = (PROJECT / "ARCHITECTURE.md").read_text()
    for package in ("webhook", "webhook/doctor", "vault", "vault/agent", "vault/policy"):
        for file in (PROJECT / package).glob("*.py"):
            known = re.search(rf"\b{file.stem}\b", page) or file.stem in {"__init__", "__main__", "py"}
            assert known, f"ARCHITECTURE.md says nothing of {package}/{file.name}"


class Recording(Mapping[str, str]):
    """An environment that remembers which variables were looked up."""

    def __init__(self, values: Mapping[str, str]) -> None:
        """Hold some variables."""
        self.values_given = values
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return self.values_given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_given)

    def __len__(self) -> int:
        return len(self.values_given)


def test_settings() -> None:
    """docs/operations.md lists every variable that is read, and none that is not."""
    environment = Recording({f"{PREFIX}VAULTS": "name"})
    for reader in (from_environ, controller_from_environ):
        with suppress(SettingsInvalid):
            reader(environment)
    read = {name.replace("_VAULT_NAME_", "_VAULT_<NAME>_") for name in environment.read}

    listed = set(re.findall(r"^\| `(OMAMORI_[A-Z_<>]+)`", (PROJECT / "docs/operations.md").read_text(), re.MULTILINE))

    assert len(read) > 25
    assert listed == read


def test_doctor_page() -> None:
    """docs/operations.md has each check of the doctor, and none besides."""
    sources = "".join(file.read_text() for file in (PROJECT / "webhook/doctor").glob("*.py"))
    checks = set(re.findall(r'Check\("([a-z-]+)"', sources))
    page = (PROJECT / "docs/operations.md").read_text()
    table = page.partition("| check | what is well | otherwise |")[2].partition("\n\n")[0]

    assert len(checks) > 20
    assert set(re.findall(r"^\| `([a-z-]+)`", table, re.MULTILINE)) == checks


def test_annotations_page() -> None:
    """docs/annotations.md is what docs/generate.py makes of the code."""
    command = [sys.executable, str(PROJECT / "docs/generate.py"), "--check"]
    assert subprocess.run(command, capture_output=True, text=True, check=False).returncode == 0


def test_security_page() -> None:
    """Each test that SECURITY.md calls as a witness is there."""
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (PROJECT / "SECURITY.md").read_text())

    assert len(named) > 10
    for file, function in named:
        text = (PROJECT / file).read_text()
        assert not function or f"def {function}(" in text, f"{file}::{function}"
