"""The deadline bounds connecting: a name with many addresses that are silent, and a resolver that is.

In a mount namespace with its own /etc/hosts and resolv.conf; the addresses are loopback's, whose listeners are full.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support.vault.running import COMMAND, Running
from tests.support.vault.scripted import Said, kv2, kv2_metadata, scripted_vault
from tests.support.vault.sidecar import sidecar_plan
from tests.support.waiting import wait_until
from vault.contract.plan import Output, Plan, Read, Session
from vault.contract.wire import to_environment

pytestmark = [pytest.mark.real, pytest.mark.skipif(os.geteuid() != 0, reason="mount namespaces need root")]

NAME = "vault.omamori.test"
SILENT_RESOLVER = "127.0.0.77"


@contextmanager
def _started(folder: Path, plan: Plan, hosts: str, resolver: str = SILENT_RESOLVER) -> Iterator[Running]:
    """Run the program with these hosts."""
    (folder / "hosts").write_text(f"127.0.0.1 localhost\n{hosts}")
    (folder / "resolv.conf").write_text(f"nameserver {resolver}\noptions timeout:20 attempts:3\n")
    (folder / "nsswitch.conf").write_text("hosts: files dns\n")
    files = ("hosts", "resolv.conf", "nsswitch.conf")
    script = " && ".join([*(f"mount --bind {folder}/{name} /etc/{name}" for name in files), 'exec "$@"'])
    command = ["unshare", "--mount", "sh", "-ec", script, "sh", *COMMAND]
    log = folder / "log"
    environment = {"PATH": os.environ["PATH"], **to_environment(plan)}
    with log.open("wb") as errors, subprocess.Popen(command, env=environment, stderr=errors) as popen:
        try:
            yield Running(popen, log)
        finally:
            popen.kill()


@contextmanager
def _full_listeners(count: int) -> Iterator[tuple[int, list[str]]]:
    """Give a port and addresses at which the kernel drops who wants to connect: their queues are full."""
    with ExitStack() as stack:
        first = stack.enter_context(socket.create_server(("127.0.1.1", 0), backlog=0))
        port: int = first.getsockname()[1]
        addresses = [f"127.0.1.{number}" for number in range(1, count + 1)]
        for address in addresses[1:]:
            stack.enter_context(socket.create_server((address, port), backlog=0))
        for address in addresses:
            for _ in range(3):
                filler = stack.enter_context(socket.socket())
                filler.setblocking(False)
                filler.connect_ex((address, port))
        yield port, addresses


@pytest.fixture
def silent_resolver() -> Iterator[socket.socket]:
    """A resolver that takes questions and answers none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taking:
        taking.bind((SILENT_RESOLVER, 53))
        taking.settimeout(20)
        yield taking


def _plan(folder: Path, address: str, seconds: int) -> Plan:
    (folder / "files").mkdir(exist_ok=True)
    (folder / "jwt").write_text("a.b.c")
    session = Session(vault="main", address=address, role="r", token_file=str(folder / "jwt"), insecure=True)
    output = Output(directory=str(folder / "files"), name="out", mode="0444", format="json")
    return Plan(
        sessions=(session,),
        reads=(Read(path="secret/data/shop/db"),),
        outputs=(output,),
        deadline_seconds=seconds,
    )


def _fails_in_time(program: Running, seconds: float) -> None:
    began = time.monotonic()
    finished, _ = program.finish(60)
    took = time.monotonic() - began
    assert (finished.code, finished.last["reason"]) == (10, "vault-unreachable"), finished.stderr
    assert took < seconds + 1, f"{took} s where {seconds} s are the deadline"


def test_many_silent_addresses(tmp_path: Path) -> None:
    """Forty addresses that take no connection hold the Pod no longer than its deadline."""
    with _full_listeners(40) as (port, addresses):
        hosts = "".join(f"{address} {NAME}\n" for address in addresses)
        with _started(tmp_path, _plan(tmp_path, f"http://{NAME}:{port}", 2), hosts) as program:
            _fails_in_time(program, 2)


@pytest.mark.usefixtures("silent_resolver")
def test_a_silent_resolver(tmp_path: Path) -> None:
    """A resolver that never answers, and whose own limit is a minute, does neither."""
    with _started(tmp_path, _plan(tmp_path, f"http://{NAME}:8200", 2), "") as program:
        _fails_in_time(program, 2)


def test_the_address_behind_silent_ones_is_found(tmp_path: Path) -> None:
    """Each address has its part of the time, so that one that answers is come to."""
    with scripted_vault({"secret/data/shop/db": kv2({"a": "b"})}) as vault:
        port = int(vault.address.rpartition(":")[2])
        with ExitStack() as stack:
            full = stack.enter_context(socket.create_server(("127.0.1.1", port), backlog=0))
            for _ in range(3):
                filler = stack.enter_context(socket.socket())
                filler.setblocking(False)
                filler.connect_ex(full.getsockname())
            hosts = f"127.0.1.1 {NAME}\n127.0.0.1 {NAME}\n"
            with _started(tmp_path, _plan(tmp_path, f"http://{NAME}:{port}", 20), hosts) as program:
                finished, _ = program.finish(30)
                assert finished.code == 0, finished.stderr


def test_the_end_of_a_sidecar_does_not_wait_for_a_resolver(tmp_path: Path, silent_resolver: socket.socket) -> None:
    """SIGTERM where the name can no longer be looked up: the token is revoked at the known address, within 2 s."""
    login = {"auth": {"client_token": "s.x", "token_type": "service", "lease_duration": 600}}
    answers = {"secret/data/shop/db": kv2({"a": "b"}), "secret/metadata/shop/db": kv2_metadata()}
    with scripted_vault(answers) as vault:
        vault.table["*/login"] = Said(body=login)
        port = vault.address.rpartition(":")[2]
        (tmp_path / "state").mkdir()
        (tmp_path / "files").mkdir()
        session = _plan(tmp_path, f"http://{NAME}:{port}", 20).sessions[0]
        plan = sidecar_plan(session, tmp_path / "files", "secret/data/shop/db", refresh_seconds=1)
        with _started(tmp_path, plan, f"127.0.0.1 {NAME}\n") as program:
            wait_until((tmp_path / "state/ready").exists, 20, "it is ready", log=program.log)
            (tmp_path / "hosts").write_text("127.0.0.1 localhost\n")  # the file that is mounted: the name is gone
            assert silent_resolver.recv(512), "the question that is not answered"
            began = time.monotonic()
            program.popen.send_signal(signal.SIGTERM)
            finished, _ = program.finish(20)
            assert time.monotonic() - began < 2
            assert finished.code == 0, finished.stderr
            assert vault.calls["auth/token/revoke-self"] == 1
