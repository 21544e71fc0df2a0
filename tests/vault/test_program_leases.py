"""The program that runs once, and what is leased: taken, refused, and not ended with a token."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.vault.program import one_file, run_program
from tests.support.vault.proxy import Proxy, says_bytes
from tests.support.vault.server import VaultServer
from vault.contract.plan import Output, Plan, Read

DB = "secret/data/shop/db"


@pytest.mark.parametrize(
    ("role", "allowed", "code"), [("checkout", False, 13), ("checkout", True, 0), ("service", False, 0)]
)
def test_a_lease_that_ends_with_a_batch_token_is_not_taken(
    vault_server: VaultServer, proxy: Proxy, directory: Path, role: str, allowed: bool, code: int
) -> None:
    """After minutes the Pod would stand with what does not work; the reason says so, unless the Plan allows it."""
    session = vault_server.session(address=proxy.address, role=f"shop.{role}")
    plan = one_file(session, directory, "database/creds/shop", format="json")
    proxy.only = "database"
    proxy.script.append(says_bytes(200, b'{"lease_id":"a/b","lease_duration":600,"data":{"password":"x"}}'))

    finished = run_program(plan.replace(reads=(plan.reads[0].replace(allows_short_lease=allowed),)))

    assert finished.code == code, finished.stderr
    if code:
        last = finished.last
        assert (last["reason"], last["path"], last["role"]) == ("lease-refused", "database/creds/shop", "shop.checkout")
        assert "after 600 seconds at most" in last["message"]
        assert "service" in last["hint"]
        assert list(directory.iterdir()) == []


def test_leases_of_one_vault_do_not_keep_the_token_of_another(
    vault_server: VaultServer, proxy: Proxy, directory: Path
) -> None:
    """A service token without leases of its own is revoked, whatever another session holds."""
    session = vault_server.session(address=proxy.address, role="shop.service")
    plan = Plan(
        sessions=(session, session.replace(vault="other")),
        reads=(Read(path="database/creds/shop"), Read(path=DB, session=1)),
        outputs=(Output(directory=str(directory), name="a", mode="0400"),),
    )
    proxy.only = "database"
    proxy.script.append(says_bytes(200, b'{"lease_id":"a/b","data":{"password":"x"}}'))

    finished = run_program(plan)

    assert finished.code == 0, finished.stderr
    assert proxy.paths == ["auth/jwt/login", "database/creds/shop", "auth/jwt/login", DB, "auth/token/revoke-self"]
