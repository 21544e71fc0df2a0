"""The embedded Vault: it starts, forgets, ends with its block and with its parent, and says why it does not start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.vault.program import ROOT
from tests.support.vault.server import TlsFiles, VaultServer
from vault.client import VaultClient
from vault.contract.errors import VaultUnreachable
from vault.embedded import embedded_vault

PARENT = """
import sys, time
from pathlib import Path
from vault.embedded import embedded_vault
folder, certificate, key = map(Path, sys.argv[1:])
with embedded_vault(folder, certificate, key) as running:
    print(running.address, flush=True)
    time.sleep(60)
"""


def _servers(folder: Path) -> list[int]:
    """The processes whose command line names the folder's configuration."""
    wanted = str(folder / "bao.hcl").encode()
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and wanted in (entry / "cmdline").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_serves_within_its_block(tmp_path: Path, loopback_tls: TlsFiles, vault_server: VaultServer) -> None:
    """Inside the block it answers over TLS, unsealed, with KV version 2 at secret/; after it, no process is left."""
    with embedded_vault(tmp_path, loopback_tls.certificate, loopback_tls.key) as running:
        assert len(_servers(tmp_path)) == 1
        client = VaultClient(running.address, running.root_token, vault_server.ca_file)
        client.write("secret/data/a", {"data": {"b": "c"}})
        found = client.read("secret/data/a")
        assert found is not None
        assert found["data"] == {"b": "c"}
        assert running.root_token not in repr(running)
        assert all(
            running.root_token.encode() not in Path(f"/proc/{each}/cmdline").read_bytes() for each in _servers(tmp_path)
        )

    assert _servers(tmp_path) == []


def test_it_ends_where_the_block_fails(tmp_path: Path, loopback_tls: TlsFiles) -> None:
    """An error inside the block goes through, and no process is left."""
    with pytest.raises(KeyError), embedded_vault(tmp_path, loopback_tls.certificate, loopback_tls.key):
        raise KeyError

    assert _servers(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_it_ends_with_its_parent(tmp_path: Path, loopback_tls: TlsFiles) -> None:
    """Whoever started it is killed: the server does not outlive it."""
    arguments = [sys.executable, "-c", PARENT, str(tmp_path), str(loopback_tls.certificate), str(loopback_tls.key)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, cwd=ROOT) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline().startswith(b"https://")
        assert len(_servers(tmp_path)) == 1
        os.kill(parent.pid, signal.SIGKILL)

    try:
        _wait_until(lambda: _servers(tmp_path) == [])
    finally:
        for left in _servers(tmp_path):
            os.kill(left, signal.SIGKILL)


def test_a_server_that_does_not_start_is_said_with_its_log(tmp_path: Path, loopback_tls: TlsFiles) -> None:
    """A certificate that is not there ends it at once; the hint has the end of its log."""
    with (
        pytest.raises(VaultUnreachable, match="did not start") as error,
        embedded_vault(tmp_path, tmp_path / "none.crt", loopback_tls.key),
    ):
        pass

    assert "none.crt" in error.value.hint
    assert _servers(tmp_path) == []
