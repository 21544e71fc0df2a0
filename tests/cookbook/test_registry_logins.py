"""The format dockerconfigjson by podman: what it sends to a registry of generated logins is what Vault has."""

from __future__ import annotations

import base64
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tests.support.vault.secrets import TEXTS
from vault.agent.render.files import render_files
from vault.contract.errors import KeyMissing, NotRepresentable
from vault.contract.plan import Output

pytestmark = pytest.mark.real

OUTPUT = Output(directory="/d", name="f", mode="0400", format="dockerconfigjson", annotation="a")
MOST = 200  # most of them are a process of podman


@dataclass(slots=True)
class Registry:
    """A registry on loopback that takes every login, and remembers the last one."""

    address: str
    login: list[bytes] = field(default_factory=list)


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    """Run it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = self.headers.get("Authorization", "")
            self.send_response(200 if sent else 401)
            if sent:
                made.login.append(base64.b64decode(sent.removeprefix("Basic ")))
            else:
                self.send_header("WWW-Authenticate", 'Basic realm="registry"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Registry(f"127.0.0.1:{server.server_address[1]}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield made
        server.shutdown()


@given(TEXTS, TEXTS)
@settings(max_examples=MOST)
def test_podman_sends_what_vault_has(
    registry: Registry, tmp_path_factory: pytest.TempPathFactory, username: str, password: str
) -> None:
    """Any user and password arrive at the registry as they are, or are refused when the file is made."""
    try:
        (file,) = render_files(OUTPUT, {"server": registry.address, "username": username, "password": password})
    except (KeyMissing, NotRepresentable):
        assert not username or not password or ":" in username or "\0" in username + password
        return
    config = Path(tmp_path_factory.mktemp("auth")) / "config.json"
    config.write_bytes(file.contents.reveal())
    registry.login.clear()
    done = subprocess.run(
        ["podman", "login", "--tls-verify=false", "--authfile", config, registry.address],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert set(registry.login) == {f"{username}:{password}".encode()}
