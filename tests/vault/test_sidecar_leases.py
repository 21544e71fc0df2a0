"""A sidecar and what ends: tokens, leases, certificates are renewed, or there are new ones before the old ones end."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from tests.support.vault.proxy import Proxy
from tests.support.vault.rabbit import Broker, running_broker
from tests.support.vault.server import VaultServer
from tests.support.vault.sidecar import SECONDS, Sidecar, sidecar, sidecar_plan, write_role
from tests.support.waiting import wait_until
from vault.contract.plan import Plan, Read

DB = "secret/data/shop/db"
RENEW_TOKEN = "auth/token/renew-self"
RENEW_LEASE = "sys/leases/renew"


@pytest.fixture(scope="module")
def broker(vault_server: VaultServer) -> Iterator[Broker]:
    """A broker whose users Vault makes: `creds/shop` gives leases; how long they live is the test's to write."""
    with running_broker() as running:
        write = vault_server.client.write
        write("sys/mounts/rabbitmq", {"type": "rabbitmq"})
        connection = {"connection_uri": running.address, "username": "a", "password": "b", "verify_connection": False}
        write("rabbitmq/config/connection", connection)
        write("rabbitmq/roles/shop", {"tags": "shop"})
        write("sys/policies/acl/broker", {"policy": 'path "rabbitmq/creds/*" { capabilities = ["read"] }'})
        yield running


def _plan(server: VaultServer, proxy: Proxy, directory: Path, role: str, *reads: Read | str, **fields: Any) -> Plan:
    return sidecar_plan(server.session(address=proxy.address, role=role), directory, *reads, **fields)


def _logins(proxy: Proxy) -> list[str]:
    return [each.answered()["auth"]["client_token"] for each in proxy.exchanges if each.path.endswith("auth/jwt/login")]


def _works(running: Sidecar, broker: Broker) -> str:
    """Check that the user in the file is there, as a client does that reads it at each connect; gives the user."""
    user: str = running.json()["username"]
    assert user in broker.users
    return user


def test_a_batch_token_is_replaced(vault_server: VaultServer, proxy: Proxy, directory: Path, tmp_path: Path) -> None:
    """Before it ends there is a login anew, with the ServiceAccount token of then; what is static is not read again."""
    role = write_role(vault_server, "shop.batch.ends", "batch", "4s")
    file = tmp_path / "token"
    file.write_text(vault_server.jwt())
    plan = sidecar_plan(vault_server.session(address=proxy.address, role=role, token_file=str(file)), directory, DB)
    with sidecar(plan) as running:
        newer = vault_server.jwt()
        assert newer != file.read_text()
        file.write_text(newer)
        running.wait_for_line("logged in again", vault="main", role=role)
        second = next(each for each in proxy.exchanges[1:] if each.path.endswith("login"))
        assert newer.encode() in second.body
        running.wait(lambda: "metadata" in proxy.paths[-1], "it goes on")
        assert proxy.paths.count(DB) == 1
        assert 403 not in map(_status, proxy.exchanges)
        assert not [line for line in running.program.lines() if line["level"] in ("warning", "error")]


def _status(exchange: Any) -> int:
    return int(exchange.answer.split(b" ", 2)[1])


def test_a_lease_is_renewed_then_replaced(
    vault_server: VaultServer, proxy: Proxy, broker: Broker, directory: Path
) -> None:
    """Up to its maximum one user serves; a new one is in the file before it ends, and SIGTERM ends them all."""
    vault_server.client.write("rabbitmq/config/lease", {"ttl": "8s", "max_ttl": "20s"})
    role = write_role(vault_server, "shop.broker", "service", "10m", "0", "broker")
    with sidecar(_plan(vault_server, proxy, directory, role, "rabbitmq/creds/shop")) as running:
        first = _works(running, broker)
        running.wait(lambda: _works(running, broker) != first, "there is a new one")
        second = _works(running, broker)
        calls = [path for path in proxy.paths if path in ("rabbitmq/creds/shop", RENEW_LEASE)]
        assert RENEW_LEASE in calls[: calls.index("rabbitmq/creds/shop", 1)]
        assert len(_logins(proxy)) == 1
        assert running.status()["reads"][0]["is_leased"]
        assert running.stop()[0].code == 0
    wait_until(lambda: broker.users.isdisjoint({first, second}), SECONDS, "both are gone")


def test_what_is_leased_goes_with_the_token(
    vault_server: VaultServer, proxy: Proxy, broker: Broker, directory: Path
) -> None:
    """It is renewed; near its maximum there is a new login and a new user, while the old one still works."""
    vault_server.client.write("rabbitmq/config/lease", {"ttl": "10m", "max_ttl": "20m"})
    role = write_role(vault_server, "shop.broker.max", "service", "12s", "20s", "broker")
    with sidecar(_plan(vault_server, proxy, directory, role, "rabbitmq/creds/shop")) as running:
        first = _works(running, broker)
        running.wait(lambda: _works(running, broker) != first, "there is a new one")
        assert first in broker.users
        assert RENEW_TOKEN in proxy.paths
        assert len(_logins(proxy)) == 2
        second = _works(running, broker)
        running.stop()
    wait_until(lambda: broker.users.isdisjoint({first, second}), SECONDS, "both are gone")
    assert not any(map(vault_server.is_alive, _logins(proxy)))


def test_a_lease_of_a_batch_token_is_refused_unless_it_is_allowed(
    vault_server: VaultServer, proxy: Proxy, broker: Broker, directory: Path
) -> None:
    """The first files fail with the reason; allowed, a new user comes with a new login, before the old one ends."""
    vault_server.client.write("rabbitmq/config/lease", {"ttl": "10m", "max_ttl": "20m"})
    role = write_role(vault_server, "shop.broker.batch", "batch", "3s", "0", "broker")
    plan = _plan(vault_server, proxy, directory, role, "rabbitmq/creds/shop")
    with sidecar(plan, is_ready=False) as running:
        finished, _ = running.program.finish(15)
    assert (finished.code, finished.last["reason"]) == (13, "lease-refused")
    assert "service tokens" in finished.last["hint"]
    proxy.exchanges.clear()

    reads = (plan.reads[0].replace(allows_short_lease=True),)
    with sidecar(plan.replace(reads=reads)) as running:
        first = _works(running, broker)
        running.wait(lambda: _works(running, broker) != first, "there is a new one")
        assert first in broker.users
        assert len(_logins(proxy)) == 2


def test_a_failing_engine_holds_up_nothing_else(
    vault_server: VaultServer, proxy: Proxy, broker: Broker, directory: Path
) -> None:
    """While the broker is down, a KV secret is looked after; afterwards there is a new user."""
    vault_server.client.write("rabbitmq/config/lease", {"ttl": "1s", "max_ttl": "1s"})
    vault_server.client.write("secret/data/shop/beside", {"data": {"a": "1"}})
    role = write_role(vault_server, "shop.broker", "service", "10m", "0", "broker")
    with sidecar(
        _plan(vault_server, proxy, directory, role, "rabbitmq/creds/shop", "secret/data/shop/beside")
    ) as running:
        first = _works(running, broker)
        broker.is_down = True
        try:
            running.wait_for_line("not up to date", path="rabbitmq/creds/shop", status=500)
            vault_server.client.write("secret/data/shop/beside", {"data": {"a": "2"}})
            running.wait(lambda: running.json("1") == {"a": "2"}, "the KV secret is there")
        finally:
            broker.is_down = False
        running.wait(lambda: running.json()["username"] != first, "there is a new user")


def test_a_token_that_was_revoked_is_replaced(
    vault_server: VaultServer, proxy: Proxy, broker: Broker, directory: Path
) -> None:
    """An operator revokes the token: at the next look there is a new login, and new credentials with it."""
    vault_server.client.write("rabbitmq/config/lease", {"ttl": "10m", "max_ttl": "20m"})
    role = write_role(vault_server, "shop.broker", "service", "10m", "0", "broker")
    with sidecar(_plan(vault_server, proxy, directory, role, "rabbitmq/creds/shop", DB)) as running:
        first = running.json()["username"]
        vault_server.client.write("auth/token/revoke", {"token": _logins(proxy)[0]})
        running.wait(lambda: running.json()["username"] != first, "there is a new user")
        _works(running, broker)
        assert len(_logins(proxy)) == 2


@pytest.mark.parametrize("leases", [True, False])
def test_a_certificate_is_issued_anew(vault_server: VaultServer, proxy: Proxy, directory: Path, leases: bool) -> None:
    """Before it expires there is a new one, with its key, by one call for both files; with a lease or without."""
    write = vault_server.client.write
    mount = f"pki-{leases}".lower()
    write(f"sys/mounts/{mount}", {"type": "pki"})
    write(f"{mount}/root/generate/internal", {"common_name": "shop", "key_type": "ec"})
    options = {"allow_any_name": True, "key_type": "ec", "ttl": "3s", "generate_lease": leases, "no_store": False}
    write(f"{mount}/roles/shop", options)
    write(f"sys/policies/acl/{mount}", {"policy": f'path "{mount}/issue/shop" {{ capabilities = ["update"] }}'})
    role = write_role(vault_server, f"shop.{mount}", "service", "10m", "0", mount)
    read = Read(path=f"{mount}/issue/shop", data=(("common_name", "shop.example"),))
    plan = _plan(vault_server, proxy, directory, role, read)
    output = plan.outputs[0].replace(format="raw")
    outputs = (output.replace(name="crt", key="certificate"), output.replace(name="key", key="private_key"))
    with sidecar(plan.replace(outputs=outputs)) as running:
        first = x509.load_pem_x509_certificate(running.read("crt") or b"")
        assert proxy.paths.count(read.path) == 1
        second = running.wait(
            lambda: (
                (now := x509.load_pem_x509_certificate(running.read("crt") or b"")).serial_number != first.serial_number
                and now
            ),
            "there is a new one",
        )
        assert second.not_valid_before_utc < first.not_valid_after_utc
        assert running.status()["reads"][0]["ends"]


def test_a_call_with_the_same_question_is_made_once(vault_server: VaultServer, proxy: Proxy, directory: Path) -> None:
    """What transit decrypts does not change, so it is not asked again."""
    write = vault_server.client.write
    write("sys/mounts/transit-once", {"type": "transit"})
    write("transit-once/keys/shop", {})
    text = base64.b64encode(b"hello").decode()
    answer = vault_server.call("POST", "transit-once/encrypt/shop", {"plaintext": text}).json()
    write("sys/policies/acl/once", {"policy": 'path "transit-once/decrypt/shop" { capabilities = ["update"] }'})
    role = write_role(vault_server, "shop.once", "batch", "10m", "0", "once")
    read = Read(path="transit-once/decrypt/shop", data=(("ciphertext", answer["data"]["ciphertext"]),))
    plan = _plan(vault_server, proxy, directory, role, read, DB)
    output = plan.outputs[0].replace(key="plaintext", format="raw", decode="base64")
    with sidecar(plan.replace(outputs=(output, plan.outputs[1]))) as running:
        assert running.read() == b"hello"
        running.wait(lambda: proxy.paths.count("secret/metadata/shop/db") >= 3, "it has looked after the other one")
        assert proxy.paths.count(read.path) == 1
