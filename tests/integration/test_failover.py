"""The active node of three dies: the program, wherever it is pointed, is done when another node is active."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.realparts import vault
from tests.realparts.requests import ask
from tests.support.cluster.place import DB, prepare, three_nodes
from tests.support.vault.proxy import running_proxy
from tests.support.vault.running import AGAIN, Running, plan_of, running, succeeded
from tests.support.vault.server import DATABASE, issue
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.realparts.dynamodb import DynamoDB
    from tests.realparts.sandbox import Sandbox

pytestmark = pytest.mark.real

# between two tries, and what the try itself takes on a busy machine
LONGEST_WAIT_SECONDS = 8.0 + 2.0


@pytest.fixture
def nodes(box: Sandbox, store: DynamoDB) -> Iterator[list[vault.VaultServer]]:
    """Three nodes of one cluster; the first is active."""
    with three_nodes(box, vault.Storage(store.endpoint, table="vault-three")) as made:
        yield made


def _redirection(node: vault.VaultServer) -> str:
    """Where a node sends those who read, or "" where it does not."""
    try:
        answer = ask("GET", f"{node.address}/v1/{DB}", trusted=node.ca_pem, headers={"X-Vault-Token": "none"})
    except httpx.TransportError:
        return ""
    location: str = answer.headers.get("location", "")
    return location


def test_active_node_killed(
    nodes: list[vault.VaultServer],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    show: Callable[[str], None],
) -> None:
    """SIGKILL between login and read, and just before the start: both surviving nodes lead to the files.

    Meanwhile they answer 307 to the node that is dead.
    """
    active, *standbys = nodes
    server = prepare(active, tmp_path_factory.mktemp("three"))
    reached, killed = threading.Event(), threading.Event()

    def hold(path: str) -> None:
        if path.endswith(DB) and not killed.is_set():
            reached.set()
            killed.wait(30)

    tls = issue(active.authority.root, tmp_path, "127.0.0.1")
    with running_proxy(tls, replace(server, address=standbys[0].address)) as proxy, ExitStack() as stack:
        proxy.before = hold

        def begin(name: str, address: str) -> tuple[str, Running, Path]:
            directory = tmp_path / name
            directory.mkdir()
            plan = plan_of(server.session(address=address, role="shop.service"), directory, DB, "kv1/shop/db")
            return name, stack.enter_context(running(plan, tmp_path / f"{name}.log")), directory

        programs = [begin("middle", proxy.address)]
        assert reached.wait(30)
        active.kill()
        since = time.monotonic()
        killed.set()
        redirection = wait_until(lambda: _redirection(standbys[0]), 10, "a standby redirects to the dead node")
        assert redirection.startswith(active.address)
        programs += [begin(f"standby-{number}", each.address) for number, each in enumerate(standbys)]
        wait_until(lambda: any(each.health() == vault.ACTIVE for each in standbys), 60, "another node is active")
        elected = time.monotonic() - since
        took = {}
        for name, program, directory in programs:
            succeeded(program, directory, {"0": DATABASE, "1": DATABASE})
            (published,) = program.lines("published")
            took[name] = program.started + published["milliseconds"] / 1000 - since
        logs = {name: program.lines(AGAIN) for name, program, _ in programs}

    assert any(active.address.removeprefix("https://") in line["cause"] for line in logs["standby-0"])
    assert max(took.values()) < elected + LONGEST_WAIT_SECONDS
    shown = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in took.items())
    show(f"after SIGKILL of the active of three nodes another was active in {elected:.1f} s; published: {shown}")
