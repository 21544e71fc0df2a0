"""Go templates in a sidecar: what they read is kept fresh as anything else, and they run again only for a reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.proxy import Proxy
from tests.support.vault.rabbit import Broker, running_broker
from tests.support.vault.server import VaultServer
from tests.support.vault.sidecar import SECONDS, sidecar, sidecar_plan, write_role
from tests.support.waiting import wait_until
from vault.contract.plan import Plan, Template

POLICY = """
path "secret/data/shop/*" { capabilities = ["read"] }
path "secret/metadata/shop/*" { capabilities = ["read", "list"] }
path "t-rabbit/creds/*" { capabilities = ["read"] }
"""


@pytest.fixture(scope="module")
def broker(vault_server: VaultServer) -> Iterator[Broker]:
    """A broker whose users Vault makes, with leases of some seconds."""
    with running_broker() as running:
        write = vault_server.client.write
        write("sys/mounts/t-rabbit", {"type": "rabbitmq"})
        connection = {"connection_uri": running.address, "username": "a", "password": "b", "verify_connection": False}
        write("t-rabbit/config/connection", connection)
        write("t-rabbit/roles/shop", {"tags": "shop"})
        write("t-rabbit/config/lease", {"ttl": "8s", "max_ttl": "12s"})
        yield running


def _plan(server: VaultServer, proxy: Proxy, directory: Path, *texts: str, **fields: Any) -> Plan:
    """Give the Plan of a sidecar with templates, whose files are t0, t1, …, and its role."""
    server.client.write("sys/policies/acl/t-sidecar", {"policy": POLICY})
    role = write_role(server, "shop.t-sidecar", "service", "10m", "0", "t-sidecar")
    templates = tuple(
        Template(directory=str(directory), name=f"t{number}", mode="0444", text=text, **fields)
        for number, text in enumerate(texts)
    )
    return sidecar_plan(server.session(address=proxy.address, role=role), directory).replace(templates=templates)


def _write(server: VaultServer, name: str, **data: str) -> None:
    server.client.write(f"secret/data/shop/{name}", {"data": data})


def test_a_secret_and_a_lease_in_one_file(
    vault_server: VaultServer, proxy: Proxy, broker: Broker, directory: Path
) -> None:
    """The file follows a new version of one, and the new user of the other; its metadata is polled by the full path."""
    _write(vault_server, "joined", host="one")
    text = (
        '[[ with secret "t-rabbit/creds/shop" ]][[ .Data.username ]][[ end ]] '
        '[[ with secret "secret/shop/joined" ]][[ .Data.data.host ]][[ end ]]'
    )
    with sidecar(_plan(vault_server, proxy, directory, text)) as running:
        first, host = (running.read("t0") or b"").decode().split()
        assert (first in broker.users, host) == (True, "one")
        reads = {read["path"]: read for read in running.status()["reads"]}
        assert set(reads) == {"t-rabbit/creds/shop", "secret/data/shop/joined"}
        assert reads["t-rabbit/creds/shop"]["is_leased"]

        _write(vault_server, "joined", host="two")
        running.wait(lambda: (running.read("t0") or b"").endswith(b" two"), "the new version is there")
        running.wait(lambda: (running.read("t0") or b"").split()[0] != first.encode(), "there is a new user")
        user, host = (running.read("t0") or b"").decode().split()
        assert (user in broker.users, host) == (True, "two")
        assert proxy.paths.count("sys/leases/renew") > 0
        assert "secret/metadata/shop/joined" in proxy.paths
        running.stop()
    # Vault revokes what hangs on a token after it has answered
    wait_until(lambda: not broker.users, SECONDS, "no user is left")


def test_a_template_runs_again_only_for_what_it_has_read(
    vault_server: VaultServer, proxy: Proxy, directory: Path
) -> None:
    """The time and chance alone publish nothing, not even beside a file that changes."""
    _write(vault_server, "first", a="1")
    _write(vault_server, "second", b="1")
    first = '[[ with secret "secret/shop/first" ]][[ .Data.data.a ]][[ end ]] [[ timestamp "05.000000000" ]]'
    second = '[[ with secret "secret/shop/second" ]][[ .Data.data.b ]][[ end ]]'
    with sidecar(_plan(vault_server, proxy, directory, first, second)) as running:
        before = running.read("t0")
        _write(vault_server, "second", b="2")
        running.wait(lambda: running.read("t1") == b"2", "the second has changed")
        assert running.read("t0") == before

        _write(vault_server, "first", a="2")
        running.wait(lambda: (running.read("t0") or b"").startswith(b"2 "), "the first has changed")
        assert before is not None
        assert (running.read("t0") or b"").split()[1] != before.split()[1]


def test_paths_come_and_go(vault_server: VaultServer, proxy: Proxy, directory: Path) -> None:
    """A list gives the paths: one that is new is read, one that is deleted is forgotten, without trouble."""
    _write(vault_server, "apps/a", key="1")
    text = (
        '[[ range secrets "secret/shop/apps" ]][[ . ]]=[[ with secret (printf "secret/shop/apps/%s" .) ]]'
        "[[ .Data.data.key ]][[ end ]];[[ end ]]"
    )
    with sidecar(_plan(vault_server, proxy, directory, text)) as running:
        assert running.read("t0") == b"a=1;"
        _write(vault_server, "apps/b", key="2")
        running.wait(lambda: running.read("t0") == b"a=1;b=2;", "the new one is there")
        vault_server.client.delete("secret/metadata/shop/apps/a")
        running.wait(lambda: running.read("t0") == b"b=2;", "the old one is gone")

        paths = ["secret/metadata/shop/apps/", "secret/data/shop/apps/b"]
        running.wait(lambda: [read["path"] for read in running.status()["reads"]] == paths, "what is gone is forgotten")
        running.wait(lambda: running.status()["state"] == "up to date", "all is well")
        _write(vault_server, "apps/a", key="3")
        running.wait(lambda: running.read("t0") == b"a=3;b=2;", "it is there again, and read anew")


def test_a_new_path_that_is_refused_holds_up_its_template_alone(
    vault_server: VaultServer, proxy: Proxy, directory: Path
) -> None:
    """The file stays as it was, the log says why, the other goes on; once the path may be read, the file follows."""
    _write(vault_server, "pointer", path="secret/shop/pointed")
    _write(vault_server, "pointed", a="1")
    text = (
        '[[ with secret "secret/shop/pointer" ]][[ with secret .Data.data.path ]][[ .Data.data.a ]][[ end ]][[ end ]]'
    )
    beside = '[[ with secret "secret/shop/pointer" ]][[ .Data.data.path ]][[ end ]]'
    with sidecar(_plan(vault_server, proxy, directory, text, beside)) as running:
        assert running.read("t0") == b"1"
        _write(vault_server, "pointer", path="secret/other")
        running.wait_for_line("not up to date", reason="path-refused", path="secret/data/other")
        running.wait(lambda: running.read("t1") == b"secret/other", "the other goes on")
        assert running.read("t0") == b"1"

        _write(vault_server, "pointer", path="secret/shop/pointed")
        running.wait(lambda: running.read("t1") == b"secret/shop/pointed", "it is as it was")
        running.wait(lambda: running.status()["state"] == "up to date", "all is well")


def test_a_template_that_fails_later_keeps_its_file(vault_server: VaultServer, proxy: Proxy, directory: Path) -> None:
    """A key that is gone is the trouble of its read; the file stays."""
    _write(vault_server, "later", a="1")
    text = '[[ with secret "secret/shop/later" ]][[ .Data.data.a ]][[ end ]]'
    with sidecar(_plan(vault_server, proxy, directory, text)) as running:
        _write(vault_server, "later", b="1")
        running.wait_for_line("not up to date", reason="template-failed")
        assert running.read("t0") == b"1"
        _write(vault_server, "later", a="2")
        running.wait(lambda: running.read("t0") == b"2", "it is well again")


def test_a_first_path_that_is_refused_ends_the_sidecar(
    vault_server: VaultServer, proxy: Proxy, directory: Path
) -> None:
    """As in mode init: the application has no file yet."""
    plan = _plan(vault_server, proxy, directory, '[[ with secret "secret/other" ]][[ end ]]')
    with sidecar(plan, is_ready=False) as running:
        finished, _ = running.program.finish(30)
    assert (finished.code, finished.last["reason"]) == (13, "path-refused")
