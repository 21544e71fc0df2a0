"""However the program ends, no secret is in what it says: not a value, not a token, in no form."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.canary import Canary, occurrences
from tests.support.vault.program import FLAGS, ROOT, Finished, one_file, run_program
from tests.support.vault.proxy import CUT, HALF, Proxy, Scripted, says_bytes
from tests.support.vault.server import VaultServer
from vault.contract.errors import Failure, Unexpected
from vault.contract.plan import FORMATS, KEY_STORES

CANARY = Canary.random()
PATH = "secret/data/shop/canary"


@pytest.fixture(scope="module", autouse=True)
def secret(vault_server: VaultServer) -> None:
    """A secret whose every value holds the canary, also where a format cannot carry it."""
    value = CANARY.value
    values = {
        "password": value,
        "quoted": f"it's \\ {value}\r",
        "nul": f"{value}\0",
        "number": 1.5,
        "structure": {"inner": [value, {value: value}]},
        "base64": base64.b64encode(f"{value}\0".encode()).decode(),
    }
    vault_server.client.write(PATH, {"data": values})


def _says_nothing(vault_server: VaultServer, finished: Finished) -> None:
    assert occurrences(CANARY, finished.stderr) == ()
    token = (vault_server.folder / "token").read_text()
    assert token.encode() not in finished.stderr
    assert finished.lines


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("key", [None, "password", "quoted", "nul", "structure", "base64"])
def test_no_format_tells_of_a_value(
    vault_server: VaultServer, directory: Path, format_name: str, key: str | None
) -> None:
    """Whether the format carries the value or is refused."""
    password = {"password_read": 0, "password_key": "password"} if format_name in KEY_STORES else {}
    plan = one_file(vault_server.session(), directory, PATH, format=format_name, key=key, **password)
    finished = run_program(plan)

    assert finished.code in (0, 15)
    _says_nothing(vault_server, finished)


PLANS: dict[str, dict[str, Any]] = {
    "a missing key": {"key": "none"},
    "no base64": {"key": "password", "decode": "base64"},
    "a directory that is not there": {"directory": "/nowhere/at/all"},
    "a name that is too long": {"name": "n" * 300},
}


@pytest.mark.parametrize("fields", PLANS.values(), ids=PLANS)
def test_no_failure_tells_of_a_value(vault_server: VaultServer, directory: Path, fields: dict[str, Any]) -> None:
    """The value was read, and then something went wrong."""
    finished = run_program(one_file(vault_server.session(), directory, PATH, **fields))

    assert finished.code in (15, 16)
    _says_nothing(vault_server, finished)


LEAKY = CANARY.value.encode()
ANSWERS = {
    "half an answer": HALF,
    "no answer": CUT,
    "a page": says_bytes(200, LEAKY),
    "a list with a refusal": says_bytes(403, json.dumps([CANARY.value]).encode()),
    "another's refusal": says_bytes(404, json.dumps({"message": CANARY.value}).encode()),
    "half a JSON": says_bytes(200, json.dumps({"data": {"password": CANARY.value}}).encode()[:-2]),
    "a page with an error": says_bytes(500, LEAKY),
    "a page with a refusal": says_bytes(403, LEAKY),
    "no HTTP": Scripted(LEAKY + b"\r\n\r\n", 0.99),
    "a header without a name": Scripted(b"HTTP/1.1 200 OK\r\n" + LEAKY + b"\r\n\r\n", 0.99),
    "a chunk without a size": Scripted(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + LEAKY + b"\r\n", 0.99
    ),
}


@pytest.mark.parametrize("scripted", ANSWERS.values(), ids=ANSWERS)
def test_no_broken_answer_is_quoted(
    vault_server: VaultServer, proxy: Proxy, directory: Path, scripted: Scripted
) -> None:
    """What is broken may be a secret: the log says what is wrong with it, not what it is."""
    proxy.only = "canary"
    proxy.script.append(scripted)

    finished = run_program(one_file(vault_server.session(address=proxy.address), directory, PATH, format="json"))

    assert finished.code == 0, finished.stderr
    assert len(finished.lines) == 2
    _says_nothing(vault_server, finished)


UNEXPECTED = """
import sys
sys.path.append(sys.argv[1])
from vault.agent.init import run

class Broken(dict):
    def __contains__(self, name):
        raise RuntimeError(sys.argv[2])

sys.exit(run(Broken()))
"""


def test_an_unexpected_error_does_not_show_its_text() -> None:
    """The last guard names the kind and the place; exit code 1, which no failure of ours has."""
    command = [sys.executable, *FLAGS, "-c", UNEXPECTED, str(ROOT), CANARY.value]
    done = subprocess.run(command, capture_output=True, check=False)

    line = Finished(done.returncode, done.stderr).last
    assert done.returncode == 1
    assert [kind for kind in Failure.__subclasses__() if kind.exit_code == 1] == [Unexpected]
    assert line["message"] == "omamori itself failed: RuntimeError"
    assert any(place.startswith("wire.py:") for place in line["places"])
    assert occurrences(CANARY, done.stderr) == ()


UNUSABLE = {
    "a list": [CANARY.value],
    "a text": CANARY.value,
    "data that is a list": {"data": [CANARY.value]},
    "data that is a text": {"data": CANARY.value},
    "no data": {"password": CANARY.value},
}


@pytest.mark.parametrize("body", UNUSABLE.values(), ids=UNUSABLE)
def test_no_unusable_answer_is_quoted(vault_server: VaultServer, proxy: Proxy, directory: Path, body: object) -> None:
    """What is no secret by its form may be one by its contents."""
    proxy.only = "canary"
    proxy.script.append(says_bytes(200, json.dumps(body).encode()))

    finished = run_program(one_file(vault_server.session(address=proxy.address), directory, PATH, format="json"))

    assert finished.code == 14, finished.stderr
    _says_nothing(vault_server, finished)


def test_a_cut_plan_is_not_quoted() -> None:
    """A Plan holds no secret, but what is in its place may."""
    assert occurrences(CANARY, run_program({"OMAMORI_PLAN": f'{{"role": "{CANARY.value}'}).stderr) == ()
