"""The machine of the active node is gone: nothing is refused, packets to it are lost.

Fact: a standby takes over once the requests that it has handed on are answered or given up; it gives up when gRPC's
keepalive does, so this takes about 30 s where a dead process takes 15 (Vault 1.21).
"""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.realparts import vault
from tests.support.cluster.place import DB, prepare, three_nodes
from tests.support.vault.running import plan_of, running, succeeded
from tests.support.vault.server import DATABASE
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.realparts.dynamodb import DynamoDB
    from tests.realparts.sandbox import Sandbox

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

MOST_SECONDS = 60.0


@contextmanager
def lost(box: Sandbox, address: str) -> Iterator[None]:
    """Let all packets to and from a node of Vault be lost, of its API and of its cluster."""
    port = int(address.rpartition(":")[2])
    rules = [
        ["-p", "tcp", side, str(each), "-j", "DROP"] for each in (port, port + 1) for side in ("--dport", "--sport")
    ]
    for rule in rules:
        box.run(["iptables", "-I", "INPUT", *rule])
    yield
    for rule in rules:
        box.run(["iptables", "-D", "INPUT", *rule])


def test_machine_of_the_active_node_gone(
    box: Sandbox,
    store: DynamoDB,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    show: Callable[[str], None],
) -> None:
    """Pointed at each of the nodes that are left, the program is done when another one is active."""
    with three_nodes(box, vault.Storage(store.endpoint, table="vault-partition")) as nodes, ExitStack() as stack:
        active, *standbys = nodes
        server = prepare(active, tmp_path_factory.mktemp("three"))
        stack.enter_context(lost(box, active.address))
        active.kill()
        since = time.monotonic()
        programs = []
        for number, each in enumerate(standbys):
            directory = tmp_path / str(number)
            directory.mkdir()
            plan = plan_of(server.session(address=each.address), directory, DB, seconds=120)
            programs.append((directory, stack.enter_context(running(plan, tmp_path / f"{number}.log"))))
        wait_until(lambda: any(each.health() == vault.ACTIVE for each in standbys), 60, "another node is active")
        elected = time.monotonic() - since
        took = [succeeded(program, directory, {"0": DATABASE}) for directory, program in programs]
    shown = ", ".join(f"{seconds:.1f} s" for seconds in took)
    show(f"machine of the active node gone: another was active in {elected:.1f} s; published: {shown}")
    assert max(took) < MOST_SECONDS
