"""The program in the Pod leaves the launcher's file with all keys of secrets, and keeps it fresh."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.canary import Canary, occurrences
from tests.support.vault.program import FLAGS, ROOT, Finished
from tests.support.vault.running import running
from tests.support.vault.server import VaultServer
from tests.support.waiting import wait_until
from vault.contract.plan import EnvFile, Plan, Read, VariableSet
from vault.contract.wire import to_environment

PATH, ABSENT = "secret/data/shop/sets", "secret/data/shop/absent"
DB = "envfrom.omamori.dev/db"
CANARY = Canary.random()
SECRET: dict[str, Any] = {
    "user": "shop",
    "password": CANARY.value,
    "quote": "it's\r\n",
    "port": 5432,
    "LD_PRELOAD": "/tmp/x.so",
    "mail": {"host": "mail.example", "a key": CANARY.value},
}


@pytest.fixture(scope="module", autouse=True)
def secret(vault_server: VaultServer) -> None:
    """The secret of this file's tests."""
    vault_server.client.write(PATH, {"data": SECRET})


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The start script of a copy of the program that has a launcher beside it, as in the image."""
    root = tmp_path_factory.mktemp("image")
    shutil.copytree(ROOT / "vault", root / "vault", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "bin").mkdir()
    (root / "bin/omamori-launch").write_bytes(b"a launcher")
    return root / "vault/agent/start.py"


def plan_of(server: VaultServer, directory: Path, *sets: VariableSet, **fields: Any) -> Plan:
    """Give the Plan of one container with sets; read 1 is of an absent path."""
    env_file = EnvFile(
        directory=str(directory), name="env", mode="0444", kind="launcher", sets=sets, declared=("DB_USER",)
    )
    return Plan(
        sessions=(server.session(),),
        reads=(Read(path=PATH), Read(path=ABSENT)),
        env_files=(env_file,),
        deadline_seconds=20,
        **fields,
    )


def wanted(**fields: Any) -> VariableSet:
    """Give a set."""
    return VariableSet(**{"annotation": DB, **fields})


def run(start: Path, plan: Plan) -> Finished:
    """Run the program to its end."""
    command = [sys.executable, *FLAGS, str(start)]
    done = subprocess.run(command, env=to_environment(plan), capture_output=True, check=False)
    return Finished(done.returncode, done.stderr)


def variables_in(directory: Path) -> dict[str, str]:
    """Read the launcher's file."""
    entries = (directory / "env").read_bytes().decode().split("\0")[:-1]
    return dict(each.split("=", 1) for each in entries)


OPTIONAL = wanted(read=1, optional=True, annotation="envfrom.omamori.dev/none")


def test_the_launchers_file(vault_server: VaultServer, directory: Path, start: Path) -> None:
    """Keys under their names, beside the launcher; what is declared is left out with a line, what is absent, too."""
    chosen = wanted(
        keys=("user", "password", "quote", "port", "LD_PRELOAD"), renames=(("port", "PORT"),), prefix="db_", upper=True
    )
    mail = wanted(key="mail", keys=("host",), prefix="SMTP_", annotation="envfrom.omamori.dev/mail")
    plan = plan_of(vault_server, directory, chosen, mail, OPTIONAL)

    finished = run(start, plan)

    assert finished.code == 0, finished.stderr
    assert variables_in(directory) == {
        "DB_PASSWORD": CANARY.value,
        "DB_QUOTE": "it's\r\n",
        "PORT": "5432",
        "DB_LD_PRELOAD": "/tmp/x.so",
        "SMTP_host": "mail.example",
    }
    assert (directory / "omamori-launch").read_bytes() == b"a launcher"
    said = {line["message"]: line for line in finished.lines}
    line = said["left out, since the container declares it itself: DB_USER"]
    assert (line["level"], line["annotation"]) == ("info", DB)
    assert said["left out, since it is optional"]["path"] == ABSENT
    assert not occurrences(CANARY, finished.stderr)


@pytest.mark.parametrize(
    ("one", "code", "says"),
    [
        (wanted(), 15, "the key 'LD_PRELOAD' of the secret cannot be the variable 'LD_PRELOAD': the loader loads"),
        (wanted(key="password"), 15, "the value at 'password' is not a map"),
        (wanted(key="mail"), 15, "the key 'a key' cannot be the variable 'a key'"),
        (wanted(keys=("none",)), 15, "the secret has no key 'none'"),
        (wanted(key="none", optional=False), 15, "the secret has no key 'none'"),
        (wanted(keys=("user", "port"), renames=(("port", "user"),)), 15, "two keys would both be 'user'"),
        (wanted(keys=("mail", "user"), renames=(("user", "SMTP_host"),)), 15, "which envfrom.omamori.dev/mail gives"),
        (wanted(read=1), 14, "there is nothing at secret/data/shop/absent"),
    ],
)
@pytest.mark.parametrize("mode", ["init", "sidecar"])
def test_what_is_refused(
    vault_server: VaultServer, directory: Path, start: Path, mode: str, one: VariableSet, code: int, says: str
) -> None:
    """The reason names the annotation and the key, never a value, and nothing is written."""
    mail = wanted(key="mail", keys=("host",), prefix="SMTP_", annotation="envfrom.omamori.dev/mail")
    state = directory.with_name("state")
    state.mkdir()
    more = {"mode": mode, "state_directory": str(state)} if mode == "sidecar" else {}
    finished = run(start, plan_of(vault_server, directory, mail, one, **more))

    assert finished.code == code, finished.stderr
    assert says in finished.last["message"]
    assert finished.last["hint"]
    assert code == 14 or finished.last["annotation"] == DB
    assert list(directory.iterdir()) == []
    assert not occurrences(CANARY, finished.stderr)


def test_a_sidecar_rewrites_the_file(vault_server: VaultServer, directory: Path, start: Path) -> None:
    """New values and keys are there for the next start, what is gone is not; a key that is no name changes nothing."""
    path = "secret/data/shop/sets-changing"
    vault_server.client.write(path, {"data": {"a": "1", "b": "2"}})
    state = directory.with_name("state")
    state.mkdir()
    plan = plan_of(
        vault_server, directory, wanted(prefix="P_"), mode="sidecar", state_directory=str(state), refresh_seconds=0
    )
    plan = plan.replace(reads=(Read(path=path),))
    with running(plan, state.with_suffix(".log"), command=(sys.executable, *FLAGS, str(start))) as program:

        def wait(condition: Any, what: str) -> None:
            wait_until(condition, 45.0, what, log=program.log)

        wait((state / "ready").exists, "it is ready")
        assert variables_in(directory) == {"P_a": "1", "P_b": "2"}
        vault_server.client.write(path, {"data": {"a": CANARY.value, "c": "pa'ss\"wo$rd"}})
        changed = {"P_a": CANARY.value, "P_c": "pa'ss\"wo$rd"}
        wait(lambda: variables_in(directory) == changed, "the new keys are there")

        vault_server.client.write(path, {"data": {"a": "3", "b c": CANARY.value}})
        wait(lambda: any("the key 'b c'" in str(line) for line in program.lines()), "it says what it cannot take")
        assert variables_in(directory) == changed
        status = json.loads((state / "status.json").read_text())
        assert status["reads"][0]["error"]["annotation"] == DB
        vault_server.client.write(path, {"data": {"a": "4"}})
        wait(lambda: variables_in(directory) == {"P_a": "4"}, "what can be taken is taken")
    assert not occurrences(CANARY, program.log.read_bytes())
