"""A real `omamori serve`, with a throw-away CA, for the tests of HTTP."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import trustme

from tests.support.webhook.builders import ENVIRONMENT
from webhook.demo.webhook_side import free_port

PROJECT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Serving:
    """A running webhook and a client that trusts it."""

    process: subprocess.Popen[bytes]
    client: httpx.Client
    log_file: Path

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self.client.base_url.host, self.client.base_url.port or 0

    def log(self) -> list[dict[str, Any]]:
        """The lines of its log."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]

    def metric(self, line_start: str) -> float:
        """The value of one line of its metrics, 0 where it is not there."""
        lines = self.client.get("/metrics").text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(line_start))


def write_certificate(
    folder: Path, *, ends_in: timedelta = timedelta(days=1), authority: trustme.CA | None = None
) -> tuple[Path, Path, Path]:
    """Write a CA (a new one unless it is given), a certificate chain and its key; give their files."""
    authority = authority or trustme.CA()
    issued = authority.issue_cert("127.0.0.1", not_after=datetime.now(UTC) + ends_in)
    files = folder / "ca.pem", folder / "tls.crt", folder / "tls.key"
    authority.cert_pem.write_to_path(str(files[0]))
    files[1].write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(str(files[2]))
    return files


def environment(**variables: str) -> dict[str, str]:
    """The environment of a webhook process."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("OMAMORI_")}
    return {**others, **ENVIRONMENT, **{f"OMAMORI_{name}": value for name, value in variables.items()}}


@contextmanager
def serving(
    folder: Path,
    variables: Mapping[str, str] | None = None,
    *,
    ends_in: timedelta = timedelta(days=1),
    authority: trustme.CA | None = None,
    python: Sequence[str] = (sys.executable,),
    program: Sequence[str] = ("-m", "webhook", "serve"),
) -> Iterator[Serving]:
    """Run `omamori serve`, or another program of Python's, until the block ends; by another Python, if it is given."""
    ca, certificate, key = write_certificate(folder, ends_in=ends_in, authority=authority)
    port = free_port()
    log_file = folder / "webhook.log"
    given = environment(
        TLS_CERTIFICATE_FILE=str(certificate),
        TLS_KEY_FILE=str(key),
        LISTEN_HOST="127.0.0.1",
        LISTEN_PORT=str(port),
        **{"DRAIN_SECONDS": "0", **(variables or {})},
    )
    with log_file.open("wb") as output:
        process = subprocess.Popen([*python, *program], cwd=PROJECT, env=given, stdout=output, stderr=output)
    context = ssl.create_default_context(cafile=str(ca))
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    try:
        with httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=context, trust_env=False) as client:
            _wait_until_listening(process, port, log_file)
            yield Serving(process, client, log_file)
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_listening(process: subprocess.Popen[bytes], port: int, log_file: Path) -> None:
    deadline = time.monotonic() + 120  # in an emulator it takes as long as that
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the webhook does not listen: {log_file.read_text()}")
