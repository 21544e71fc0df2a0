"""The program in the Pod as a process: what it leaves, how it ends, what it says; nothing half-written."""

from __future__ import annotations

import socket
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.program import one_file, run_program
from tests.support.vault.proxy import Proxy
from tests.support.vault.scripted import Said, scripted_vault
from tests.support.vault.server import VaultServer, running_vault
from vault.contract.errors import VaultUnreachable
from vault.contract.plan import Output, Plan, Read
from vault.contract.wire import to_environment

DB = "secret/data/shop/db"


def _fails(plan: Plan | dict[str, str], code: int, reason: str) -> dict[str, Any]:
    """Run, and give the last line of a run that failed so; every such line has a hint."""
    finished = run_program(plan)
    assert (finished.code, finished.last.get("reason")) == (code, reason), finished.stderr
    assert finished.last["level"] == "error"
    assert finished.last["message"]
    assert finished.last["hint"]
    return finished.last


def _seen(directory: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in directory.iterdir() if each.is_file() and each.is_symlink()}


def test_it_leaves_the_files_of_its_plan(vault_server: VaultServer, proxy: Proxy, tmp_path: Path) -> None:
    """Two logins, three reads, files of several formats in two directories: each path is read once."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    plan = Plan(
        sessions=(
            vault_server.session(address=proxy.address),
            vault_server.session(address=proxy.address, vault="other", role="shop.service"),
        ),
        reads=(Read(path=DB), Read(path="kv1/shop/db", session=1), Read(path=DB, session=1)),
        outputs=(
            Output(directory=str(first), name="db.env", mode="0440", format="env"),
            Output(directory=str(first), name="user", mode="0400", key="username"),
            Output(directory=str(first), name="v1.json", mode="0444", read=1, format="json"),
            Output(directory=str(second), name="all", mode="0444", read=2, format="map"),
        ),
        warnings=("a warning of the webhook",),
        deadline_seconds=20,
    )

    finished = run_program(plan)

    assert finished.code == 0, finished.stderr
    assert _seen(first) == {
        "db.env": b"password='p w'\nusername='shop'\n",
        "user": b"shop",
        "v1.json": b'{"password":"p w","username":"shop"}\n',
    }
    assert {each.name: each.read_bytes() for each in (second / "all").iterdir()} == {
        "username": b"shop",
        "password": b"p w",
    }
    assert stat.S_IMODE((first / "user").stat().st_mode) == 0o400
    assert proxy.paths == [
        "auth/jwt/login",
        DB,
        "auth/jwt/login",
        "kv1/shop/db",
        DB,
        "auth/token/revoke-self",
    ]
    assert [line["message"] for line in finished.lines] == ["a warning of the webhook", "published"]
    assert finished.last["files"] == 5


def test_it_says_what_it_leaves_out(vault_server: VaultServer, directory: Path) -> None:
    """A missing path or key of an optional output is a line in the log; the rest is there."""
    plan = Plan(
        sessions=(vault_server.session(),),
        reads=(Read(path=DB), Read(path="secret/data/shop/none")),
        outputs=(
            Output(directory=str(directory), name="user", mode="0400", key="username"),
            Output(directory=str(directory), name="key", mode="0400", key="none", optional=True, annotation="a/key"),
            Output(directory=str(directory), name="path", mode="0400", read=1, optional=True),
        ),
    )

    finished = run_program(plan)

    assert finished.code == 0
    assert list(_seen(directory)) == ["user"]
    left_out = [line for line in finished.lines if line["message"] == "left out, since it is optional"]
    assert [line.get("path") or line.get("annotation") for line in left_out] == ["secret/data/shop/none", "a/key"]


def test_one_output_that_needs_the_path_makes_it_needed(vault_server: VaultServer, directory: Path) -> None:
    """A missing path is left out only where every output of it is optional."""
    output = Output(directory=str(directory), name="a", mode="0400", optional=True)
    plan = one_file(vault_server.session(), directory, "secret/data/shop/none")

    _fails(plan.replace(outputs=(output, *plan.outputs)), 14, "path-not-found")


def test_exit_2_where_the_plan_is_wrong(vault_server: VaultServer, directory: Path, tmp_path: Path) -> None:
    """No Plan, half a Plan, an address that cannot be used, no token: the one who wrote it is told."""
    plan = one_file(vault_server.session(), directory, DB)
    half = {name: text[: len(text) // 2] for name, text in to_environment(plan).items()}

    assert "OMAMORI_PLAN" in _fails({}, 2, "plan-invalid")["message"]
    assert "not JSON" in _fails(half, 2, "plan-invalid")["message"]
    for fields, words in (
        ({"address": "http://127.0.0.1:1"}, "cannot be used"),
        ({"address": "vault:8200"}, "cannot be used"),
        ({"ca_pem": "x"}, "cannot be read from the Plan"),
        ({"token_file": str(tmp_path / "none")}, "cannot be read from"),
    ):
        line = _fails(one_file(vault_server.session(**fields), directory, DB), 2, "plan-invalid")
        assert words in line["message"]
        assert line["vault"] == "main"
    assert list(directory.iterdir()) == []


def test_exit_10_where_vault_cannot_be_reached(vault_server: VaultServer, directory: Path) -> None:
    """Nobody at the port until the deadline; the line names the Vault and the address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"https://127.0.0.1:{server.getsockname()[1]}"
    plan = one_file(vault_server.session(address=address), directory, DB).replace(deadline_seconds=1)

    line = _fails(plan, 10, "vault-unreachable")

    assert (line["vault"], line["path"]) == ("main", "auth/jwt/login")
    assert address in line["hint"]
    assert list(directory.iterdir()) == []


def test_exit_11_where_vault_is_sealed(vault_server: VaultServer, directory: Path, tmp_path: Path) -> None:
    """A real server that is sealed."""
    folder = tmp_path / "sealed"
    folder.mkdir()
    with running_vault(folder, vault_server.authority) as sealed:
        assert sealed.call("PUT", "sys/seal").is_success
        plan = one_file(sealed.session(), directory, DB).replace(deadline_seconds=1)

        line = _fails(plan, 11, "vault-sealed")

    assert line["status"] == 503
    assert list(directory.iterdir()) == []


def test_exit_12_where_the_login_is_refused(vault_server: VaultServer, directory: Path) -> None:
    """Vault's words, the role and the mount."""
    line = _fails(one_file(vault_server.session(role="mall"), directory, DB), 12, "login-refused")

    assert "mall" in line["message"] + line["hint"]
    assert (line["role"], line["path"], line["status"]) == ("mall", "auth/jwt/login", 400)
    assert list(directory.iterdir()) == []


def test_exit_13_where_the_path_is_refused(vault_server: VaultServer, directory: Path) -> None:
    """The policy that is missing, ready to be written."""
    line = _fails(one_file(vault_server.session(), directory, "secret/data/mall/db"), 13, "path-refused")

    assert 'path "secret/data/mall/db"' in line["hint"]
    assert (line["role"], line["path"], line["status"]) == ("shop.checkout", "secret/data/mall/db", 403)
    assert list(directory.iterdir()) == []


def test_exit_14_where_nothing_is_at_the_path(vault_server: VaultServer, directory: Path) -> None:
    """The path, and the way to do without it."""
    line = _fails(one_file(vault_server.session(), directory, "secret/data/shop/none"), 14, "path-not-found")

    assert "optional=true" in line["hint"]
    assert list(directory.iterdir()) == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"key": "pasword"}, "key-missing"),
        ({"key": "password", "decode": "base64"}, "not-representable"),
        ({"key": "password", "format": "map"}, "not-representable"),
    ],
)
def test_exit_15_where_the_key_cannot_be_had(
    vault_server: VaultServer, directory: Path, fields: dict[str, str], reason: str
) -> None:
    """A missing key, and one that the format cannot carry, name the annotation; what could be written is not."""
    good = Output(directory=str(directory), name="good", mode="0444", key="username")
    plan = one_file(vault_server.session(), directory, DB, **fields)

    line = _fails(plan.replace(outputs=(good, *plan.outputs)), 15, reason)

    assert line["annotation"] == "file.omamori.dev/out"
    assert list(directory.iterdir()) == []


def test_exit_16_where_the_files_cannot_be_written(vault_server: VaultServer, directory: Path, tmp_path: Path) -> None:
    """One of two directories is not there: the other one stays as it was."""
    plan = one_file(vault_server.session(), directory, DB)
    gone = plan.outputs[0].replace(directory=str(tmp_path / "gone"))

    line = _fails(plan.replace(outputs=(*plan.outputs, gone)), 16, "cannot-write")

    assert f"{tmp_path}/gone cannot be written: No such file" in line["message"]
    assert list(directory.iterdir()) == []


def test_a_failure_keeps_the_files_of_the_last_run(vault_server: VaultServer, directory: Path) -> None:
    """A container that starts again, and fails, leaves what is there."""
    plan = one_file(vault_server.session(), directory, DB, key="username")
    assert run_program(plan).code == 0

    _fails(plan.replace(outputs=(plan.outputs[0].replace(key="none"),)), 15, "key-missing")

    assert _seen(directory) == {"out": b"shop"}


def test_a_read_that_hangs_leaves_no_token(tmp_path: Path) -> None:
    """The deadline passes within a read: the token is revoked all the same, within the seconds kept for it."""
    login = Said(body={"auth": {"client_token": "s.x", "token_type": "service", "lease_duration": 600}})
    over = threading.Event()

    def hang() -> Said:
        over.wait(10)
        return Said(204)

    with scripted_vault({"*/login": login, "secret/data/a": hang}) as vault:
        plan = one_file(vault.session(tmp_path), tmp_path / "files", "secret/data/a").replace(deadline_seconds=1)
        finished = run_program(plan)
        over.set()
    assert finished.code == VaultUnreachable.exit_code
    assert vault.calls["auth/token/revoke-self"] == 1


def test_an_integer_of_any_length(tmp_path: Path) -> None:
    """Vault stores numbers as texts: one with more digits than Python reads is written as it is."""
    digits = "7" * 5000
    body = b'{"data":{"data":{"n":%s},"metadata":{"version":1,"created_time":"","deletion_time":"","destroyed":false}}}'
    (tmp_path / "files").mkdir()
    with scripted_vault({"secret/data/a": Said(body=body % digits.encode())}) as vault:
        finished = run_program(one_file(vault.session(tmp_path), tmp_path / "files", "secret/data/a", key="n"))
    assert finished.code == 0, finished.stderr
    assert (tmp_path / "files/out").read_text() == digits
