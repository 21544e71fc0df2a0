"""A standby's 307: followed once, with the same trust, and never taken for the address from then on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import trustme

from tests.support.vault.clock import Clock, Log
from tests.support.vault.proxy import CUT_AFTER_VAULT_DID_IT, Proxy, Scripted, running_proxy, says, says_bytes
from tests.support.vault.server import TlsFiles, VaultServer, issue
from tests.vault.conftest import Begin
from vault.agent.api.session import Request
from vault.agent.secret import Secret
from vault.contract.errors import VaultUnreachable

READ = Request(kind="read", path="secret/data/shop/db")


@pytest.fixture
def active(vault_server: VaultServer, loopback_tls: TlsFiles) -> Iterator[Proxy]:
    """The node to which the standby points."""
    with running_proxy(loopback_tls, vault_server) as running:
        yield running


def _redirect(target: str, count: int = 1) -> list[Scripted]:
    return [says_bytes(307, b"", {"Location": f"{target}/v1/some/other/path"})] * count


def test_every_call_goes_to_the_active_node(
    begin: Begin, proxy: Proxy, active: Proxy, vault_server: VaultServer, log: Log
) -> None:
    """Login, read and revocation are asked of the standby and then of the active node, with the path that is ours."""
    proxy.script.extend(_redirect(active.address, 3))
    session = begin(address=proxy.address, role="shop.service")

    session.login()
    token = active.exchanges[0].answered()["auth"]["client_token"]
    assert session.call(READ).status == 200
    session.end(has_leases=False)

    paths = ["auth/jwt/login", "secret/data/shop/db", "auth/token/revoke-self"]
    assert proxy.paths == active.paths == paths
    assert active.connections == 1
    assert active.exchanges[0].body == proxy.exchanges[0].body
    assert not vault_server.is_alive(token)
    assert log.lines == []


def test_a_redirection_is_followed_once(begin: Begin, proxy: Proxy, active: Proxy, clock: Clock) -> None:
    """A node that redirects again is not followed; the next try starts at the configured address."""
    session = begin(address=proxy.address)
    session.login()
    proxy.script.extend(_redirect(active.address, 2))
    active.script.extend(_redirect(proxy.address, 1))

    assert session.call(READ).status == 200

    assert len(proxy.exchanges) == 1 + 2
    assert len(active.exchanges) == 2
    assert len(clock.waits) == 1


def test_a_dead_active_node_is_asked_no_longer(begin: Begin, proxy: Proxy, clock: Clock) -> None:
    """After a kill a standby points to the dead node for a while; the standby itself is asked until it knows better."""
    session = begin(address=proxy.address)
    session.login()
    proxy.script.extend(_redirect("https://127.0.0.1:1", 2))

    assert session.call(READ).status == 200

    assert len(proxy.exchanges) == 1 + 3
    assert len(clock.waits) == 2


def test_no_token_goes_to_a_node_without_tls_or_trust(
    begin: Begin, proxy: Proxy, vault_server: VaultServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """From https to http, and to a node with a certificate of another CA, nothing is sent."""
    stranger = issue(trustme.CA(), tmp_path_factory.mktemp("stranger"), "127.0.0.1")
    session = begin(address=proxy.address)
    session.login()
    with running_proxy(None, vault_server) as plain, running_proxy(stranger, vault_server) as untrusted:
        for target in (plain.address, untrusted.address):
            proxy.script.extend(_redirect(target))
            assert session.call(READ).status == 200

        assert plain.connections == 0
        assert untrusted.exchanges == []


def test_a_creating_call_that_a_redirection_lost_counts_as_lost(
    begin: Begin, proxy: Proxy, active: Proxy, log: Log
) -> None:
    """What the active node did before its answer was lost, is done: it is repeated once, and the log says so."""
    session = begin(address=proxy.address, role="shop.service")
    session.login()
    proxy.script.extend(_redirect(active.address, 1))
    active.script.append(CUT_AFTER_VAULT_DID_IT)
    proxy.script.append(says(500))

    with pytest.raises(VaultUnreachable, match="HTTP 500"):
        session.call(Request(kind="create", path="cubbyhole/made", body=Secret(b'{"a":"b"}')))
    assert log.lines[0]["lease_may_be_left"]
