"""The lock of an apply: one at a time, by Vault's clock, and never for ever."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.vault.access import Ground, grant
from tests.support.vault.proxy import CUT_AFTER_VAULT_DID_IT, Proxy
from tests.support.vault.server import VaultServer
from tests.support.waiting import wait_until
from vault.client import VaultClient
from vault.contract.errors import PathRefused
from vault.policy.errors import LockHeld
from vault.policy.sync.apply_lock import Lock


@pytest.fixture
def ground(vault_server: VaultServer) -> Iterator[Ground]:
    """A KV mount for the lock."""
    made = Ground(vault_server)
    made.enable()
    yield made
    made.clear()


def test_one_holds_it_and_others_wait(ground: Ground) -> None:
    """Held, it is refused with the name of the holder; given back, it is free."""
    with ground.lock(who="ann@laptop").held(0), pytest.raises(LockHeld, match="ann@laptop holds the lock"):
        ground.lock(who="bob").held(0).__enter__()
    with ground.lock(who="bob").held(0):
        pass


def test_a_lock_that_was_left_ends_by_itself(ground: Ground) -> None:
    """Whoever was killed holds it for its seconds, by Vault's clock; then it can be taken."""
    ground.lock(seconds=1, who="killed").held(0).__enter__()

    with ground.lock().held(20):
        pass


def test_a_lock_is_kept(ground: Ground) -> None:
    """Kept from time to time, it outlives its seconds; taken over by others, keeping it fails."""
    with ground.lock(seconds=1, who="slow").held(0) as slow:
        taken: list[Lock] = []

        def take() -> bool:
            taken.append(ground.lock(who="quick").held(20).__enter__())
            return True

        wait_until(take, 30, "the lock has ended and was taken")
        with pytest.raises(LockHeld, match="was lost"):
            wait_until(slow.keep, 10, "a third of the time is over")


def test_a_lost_answer_is_no_lost_lock(ground: Ground, proxy: Proxy) -> None:
    """A write whose answer was lost is sent again and refused; that it was ours is found by reading."""
    client = VaultClient(proxy.address, ground.server.root_token, ground.server.ca_file, retries=2)
    proxy.only = "/lock"
    lock = Lock(client, f"{ground.mount}/data/lock", 30, "unlucky")
    client.read("sys/auth")

    proxy.script.append(CUT_AFTER_VAULT_DID_IT)  # the read; the write is next
    proxy.script.append(CUT_AFTER_VAULT_DID_IT)
    with lock.held(0), pytest.raises(LockHeld, match="unlucky"):
        ground.lock(who="bob").held(0).__enter__()


def test_no_right_to_the_lock_is_said(ground: Ground) -> None:
    """Where the lock cannot be written, nothing is applied."""
    body = {"policies": ["default"], "no_default_policy": True}
    token = ground.server.call("POST", "auth/token/create", body).json()["auth"]["client_token"]
    client = VaultClient(ground.server.address, token, ground.server.ca_file)

    with pytest.raises(PathRefused, match="lock"):
        Lock(client, f"{ground.mount}/data/lock", 30, "nobody").held(0).__enter__()


def test_an_apply_holds_it(ground: Ground) -> None:
    """While somebody holds it, an apply writes nothing."""
    access = ground.access([grant()])
    with ground.lock(who="ann").held(0), pytest.raises(LockHeld):
        ground.apply(access, lock=ground.lock())
    assert ground.server.client.list(f"auth/{ground.auth}/role") == []
    ground.apply(access, lock=ground.lock())
    assert ground.plan(access).is_empty
