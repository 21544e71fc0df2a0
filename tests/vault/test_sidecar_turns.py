"""A sidecar of two Vaults, and one that logs in anew: nobody's slowness ends another's lease, and no token is left."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.support.vault.scripted import Said, scripted_vault
from tests.support.vault.sidecar import sidecar, sidecar_plan
from vault.contract.plan import Read

LEASE_SECONDS = 6
SLOW_SECONDS = 1.3
LEASED = {"lease_id": "l/1", "lease_duration": LEASE_SECONDS, "renewable": True}


def _login(token: str, seconds: int) -> Said:
    auth = {"client_token": token, "token_type": "service", "lease_duration": seconds, "renewable": False}
    return Said(body={"auth": auth})


def test_a_slow_vault_lets_no_lease_of_another_end(tmp_path: Path) -> None:
    """Five reads of one Vault take longer than a lease of the other lives: it is renewed between them."""
    is_slow = threading.Event()

    def slow() -> Said:
        if is_slow.is_set():
            time.sleep(SLOW_SECONDS)  # what is shown is that this much is waited for once, not five times
        return Said(body={"data": {"a": "b"}})

    leased = {"db/creds/r": Said(body={**LEASED, "data": {"a": "b"}}), "sys/leases/renew": Said(body=LEASED)}
    with ExitStack() as stack:
        first = stack.enter_context(scripted_vault({"*/login": _login("s.a", 600), "slow/*": slow}))
        other = stack.enter_context(scripted_vault({"*/login": _login("s.b", 600), **leased}))
        (tmp_path / "files").mkdir()
        reads = (*(Read(path=f"slow/{number}") for number in range(5)), Read(path="db/creds/r", session=1))
        plan = sidecar_plan(first.session(tmp_path), tmp_path / "files", *reads)
        plan = plan.replace(sessions=(*plan.sessions, other.session(tmp_path, vault="other")))
        running = stack.enter_context(sidecar(plan))
        is_slow.set()
        running.wait(lambda: other.calls["sys/leases/renew"] >= 2, "the lease is renewed twice")
        running.wait(lambda: all(first.calls[f"slow/{number}"] >= 2 for number in range(5)), "each has its turn")
        assert other.calls["db/creds/r"] == 1
        assert running.stop()[0].code == 0


def test_sigterm_revokes_a_token_that_is_being_revoked(tmp_path: Path) -> None:
    """It has logged in again, and Vault does not answer the revocation of the old token: SIGTERM revokes both."""
    hang, asked = threading.Event(), threading.Event()

    def revoke() -> Said:
        if not asked.is_set():
            asked.set()
            hang.wait(30)
        return Said(204)

    logins = [_login("s.old", 2), _login("s.new", 600)]
    answers: dict[str, Any] = {"*/login": logins, "auth/token/revoke-self": revoke}
    answers["a/b"] = Said(body={"data": {"a": "b"}})
    with scripted_vault(answers) as vault:
        (tmp_path / "files").mkdir()
        with sidecar(sidecar_plan(vault.session(tmp_path), tmp_path / "files", "a/b")) as running:
            running.wait(asked.is_set, "the old token is being revoked")
            finished, seconds = running.stop()
            hang.set()
    assert (finished.code, seconds < 2) == (0, True)
    assert vault.calls["auth/token/revoke-self"] == 3
