"""Clocks of Vault nodes against DynamoDB's, and nodes that do not say their time."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.aws import Aws
from tests.support.vault.server import VaultServer
from tests.vault.storage.faults import Check
from webhook.cli import main


@contextmanager
def node(seconds_ahead: float, answer: bytes | None = None) -> Iterator[str]:
    """A node of Vault's with a clock of its own: what a real one cannot be given without the machine's clock."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = json.dumps({"sealed": True, "server_time_utc": int(time.time() + seconds_ahead)}).encode()
            self.send_response(503 if self.path == "/v1/sys/health" else 404)
            self.end_headers()
            self.wfile.write(told if answer is None else answer)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("seconds", "severity"), [(30, "failed"), (-30, "failed"), (5, "warning"), (-5, "warning"), (0, ""), (0.9, "")]
)
@pytest.mark.usefixtures("ground")
def test_a_clock_that_is_off(run_check: Check, seconds: float, severity: str) -> None:
    """Half a minute is an error whichever way, some seconds are a warning; what cannot be told apart is nothing."""
    with node(seconds) as address:
        code, found = run_check("--vault-address", address)

    assert [(each["status"], each["check"]) for each in found] == ([(severity, "clock-skew")] if severity else [])
    assert code == (2 if severity else 0)
    told = [each["message"] for each in found]
    assert all(address in each and ("ahead" if seconds > 0 else "behind") in each for each in told)


@pytest.mark.parametrize("answer", [b"", b"<html>", b"{}", b"[]", b'{"server_time_utc": null}'])
@pytest.mark.usefixtures("ground")
def test_what_is_no_answer_of_vault(run_check: Check, answer: bytes) -> None:
    """A page of something else at a node's address is told as that."""
    with node(0, answer) as address:
        _, found = run_check("--vault-address", address)

    assert [each["check"] for each in found] == ["node-unreachable"]
    assert "does not answer like Vault's" in found[0]["message"]


@pytest.mark.usefixtures("ground")
def test_a_node_that_is_not_trusted(run_check: Check, vault_server: VaultServer) -> None:
    """Without its CA the node is not asked, and the hint names the option."""
    _, found = run_check("--vault-address", vault_server.address)

    assert [each["fix"] for each in found] == ["give its CA: --vault-ca-file"]


def test_a_ca_that_is_none(aws: Aws, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of no certificates is named, before anything is asked."""
    (tmp_path / "ca.pem").write_text("none")
    words = ["storage", "check", "--table", "vault", "--endpoint-url", aws.endpoint, "--vault-ca-file"]

    assert main([*words, str(tmp_path / "ca.pem")]) == 1
    assert f"{tmp_path / 'ca.pem'} is not a file of certificates" in capsys.readouterr().err
    assert aws.calls == []
