"""The program in the Pod leaves env files."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.canary import Canary, occurrences
from tests.support.vault.envfile import read_env_file
from tests.support.vault.program import run_program
from tests.support.vault.server import VaultServer
from vault.contract.names import ENV_CHECK_VARIABLE
from vault.contract.plan import EnvFile, Plan, Read, Variable

PATH = "secret/data/shop/variables"
CANARY = Canary.random()
SECRET: dict[str, Any] = {
    "plain": CANARY.value,
    "lines": "a\n b\n",
    "quote": "it's",
    "empty": "",
    "number": 1.5,
    "base64": base64.b64encode(b"\x01 bytes").decode(),
}


@pytest.fixture(scope="module", autouse=True)
def secret(vault_server: VaultServer) -> None:
    """The secret of this file's tests."""
    vault_server.client.write(PATH, {"data": SECRET})


def _plan(server: VaultServer, directory: Path, *variables: Variable, **fields: Any) -> Plan:
    env_file = EnvFile(directory=str(directory), name="app", mode="0400", variables=variables, **fields)
    return Plan(
        sessions=(server.session(),),
        reads=(Read(path=PATH), Read(path="secret/data/shop/absent")),
        env_files=(env_file,),
        deadline_seconds=20,
    )


def _variable(name: str, **fields: Any) -> Variable:
    return Variable(name=name, annotation=f"env.omamori.dev/{name}", **fields)


def test_an_env_file_for_the_kubelet(vault_server: VaultServer, tmp_path: Path) -> None:
    """Each variable is read back: raw, as JSON, encoded and decoded; what is optional and missing is left out."""
    plan = _plan(
        vault_server,
        tmp_path,
        _variable("PLAIN", key="plain"),
        _variable("LINES", key="lines"),
        _variable("NUMBER", key="number"),
        _variable("QUOTE", key="quote", encode="base64"),
        _variable("DECODED", key="base64", decode="base64"),
        _variable("ALL", format="json", encode="base64"),
        _variable("NONE", key="none", optional=True),
        _variable("ABSENT", read=1, key="none", optional=True),
    )
    finished = run_program(plan)
    assert finished.code == 0, finished.stderr

    contents = (tmp_path / "app").read_bytes()
    assert read_env_file(contents, b"PLAIN") == CANARY.value.encode()
    assert read_env_file(contents, b"LINES") == b"a\n b\n"
    assert read_env_file(contents, b"NUMBER") == b"1.5"
    assert base64.b64decode(read_env_file(contents, b"QUOTE") or b"") == b"it's"
    assert read_env_file(contents, b"DECODED") == b"\x01 bytes"
    assert json.loads(base64.b64decode(read_env_file(contents, b"ALL") or b"")) == SECRET
    assert b"NONE" not in contents
    assert b"ABSENT" not in contents
    assert (tmp_path / "app").stat().st_mode & 0o777 == 0o400
    assert not occurrences(CANARY, finished.stderr)


def test_an_env_file_is_there_without_a_variable(vault_server: VaultServer, tmp_path: Path) -> None:
    """Where all of it is optional and missing the file is empty: the kubelet asks for the file all the same."""
    finished = run_program(_plan(vault_server, tmp_path, _variable("NONE", read=1, key="a", optional=True)))

    assert finished.code == 0, finished.stderr
    assert (tmp_path / "app").read_bytes() == b""


@pytest.mark.parametrize(
    ("variable", "reason", "says"),
    [
        (_variable("A", key="quote"), "not-representable", "the variable 'A' has a single quote"),
        (_variable("A", key="empty"), "not-representable", "the variable 'A' has an empty value"),
        (_variable("A", key="plain", decode="base64"), "not-representable", "the key 'plain' is not base64"),
        (_variable("A", key="none"), "key-missing", "the secret has no key 'none'"),
        (_variable("A", read=1, key="a"), "path-not-found", "there is nothing at secret/data/shop/absent"),
    ],
)
def test_what_cannot_be_a_variable(
    vault_server: VaultServer, tmp_path: Path, variable: Variable, reason: str, says: str
) -> None:
    """The reason names variable and annotation, never the value, and nothing is written."""
    finished = run_program(_plan(vault_server, tmp_path, _variable("FIRST", key="lines"), variable))

    assert finished.code in {14, 15}
    assert (finished.last["reason"], finished.last["message"]) == (reason, finished.last["message"])
    assert says in finished.last["message"]
    assert reason == "path-not-found" or finished.last["annotation"] == "env.omamori.dev/A"
    assert finished.last["hint"]
    assert list(tmp_path.iterdir()) == []
    assert not occurrences(CANARY, finished.stderr)


def test_no_launcher_outside_of_the_image(vault_server: VaultServer, tmp_path: Path) -> None:
    """The launcher is a part of the image; an image that has none is told so, and nothing is written."""
    finished = run_program(_plan(vault_server, tmp_path, _variable("A", key="plain"), kind="launcher"))

    assert (finished.code, finished.last["reason"]) == (16, "cannot-write")
    assert "there is no launcher at" in finished.last["message"]
    assert list(tmp_path.iterdir()) == []


def test_the_kubelet_finds_what_it_is_checked_by(vault_server: VaultServer, tmp_path: Path) -> None:
    """The file has a value for the check, and what it has beside that is in no variable's place."""
    short = _variable("_", key="plain")
    assert run_program(_plan(vault_server, tmp_path, short, has_check=True)).code == 0
    contents = (tmp_path / "app").read_bytes()
    assert read_env_file(contents, ENV_CHECK_VARIABLE.encode()) == b"yes"
    assert read_env_file(contents, b"_") == CANARY.value.encode()
    # ParseEnv of kubelet 1.34 ends with an error at a line without `=`
    assert any(b"=" not in line for line in contents.partition(ENV_CHECK_VARIABLE.encode())[0].splitlines())
