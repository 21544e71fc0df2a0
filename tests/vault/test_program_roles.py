"""Several logins of one Pod: a failure says which Vault and which role it is of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.program import run_program
from tests.support.vault.server import VaultServer
from vault.contract.plan import Output, Plan, Read

DB = "secret/data/shop/db"


def _two(server: VaultServer, folder: Path, path: str, **second: Any) -> Plan:
    """Read a path by a second login, which is made after one that is good."""
    return Plan(
        sessions=(server.session(), server.session(**second)),
        reads=(Read(path=DB), Read(path=path, session=1)),
        outputs=(
            Output(directory=str(folder), name="good", mode="0400", key="password"),
            Output(directory=str(folder), name="other", mode="0400", read=1, key="password", annotation="file.x/other"),
        ),
        deadline_seconds=5,
    )


@pytest.mark.parametrize(
    ("path", "second", "reason"),
    [
        (DB, {"role": "shop.nobody"}, "login-refused"),
        ("secret/data/other", {"role": "shop.service"}, "path-refused"),
        ("secret/data/shop/nothing", {"role": "shop.service"}, "path-not-found"),
    ],
)
def test_a_failure_names_vault_and_role(
    vault_server: VaultServer, tmp_path: Path, path: str, second: dict[str, str], reason: str
) -> None:
    """Whatever the second login cannot do: it is said of that, and nothing of the first one's is written."""
    finished = run_program(_two(vault_server, tmp_path, path, vault="eu", **second))

    last = finished.last
    assert finished.code != 0
    assert (last["reason"], last["vault"], last["role"]) == (reason, "eu", second["role"])
    assert not any(each.is_file() for each in tmp_path.rglob("good"))


def test_a_key_that_is_missing(vault_server: VaultServer, tmp_path: Path) -> None:
    """A key that the secret does not have is said of the login that has read it."""
    plan = _two(vault_server, tmp_path, DB, vault="eu", role="shop.service")
    outputs = (plan.outputs[0], plan.outputs[1].replace(key="pin"))

    last = run_program(plan.replace(outputs=outputs)).last

    assert (last["reason"], last["vault"], last["role"]) == ("key-missing", "eu", "shop.service")
    assert last["annotation"] == "file.x/other"


def test_a_vault_that_does_not_answer(vault_server: VaultServer, tmp_path: Path) -> None:
    """The Vault that is away is named, not the one that has answered."""
    plan = _two(vault_server, tmp_path, DB, vault="eu", role="shop.service", address="https://127.0.0.1:1")

    last = run_program(plan).last

    assert (last["reason"], last["vault"]) == ("vault-unreachable", "eu")
