"""Run the webhook as an operator would, as a separate process with TLS, and call it like the API server."""

from __future__ import annotations

import base64
import json
import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonpatch
import trustme

from webhook.demo.manifest import ManifestPod, review
from webhook.demo.stop import DemoStopped

START_SECONDS = 20.0
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files: a throw-away CA, and a certificate for loopback with its key."""

    ca: Path
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Answer:
    """The Pod after the webhook, and the warnings."""

    pod: Mapping[str, Any]
    warnings: tuple[str, ...]


def write_certificates(folder: Path) -> Certificates:
    """Create a CA for this demo only."""
    authority = trustme.CA(organization_name="omamori demo")
    issued = authority.issue_cert("127.0.0.1", "localhost")
    certificates = Certificates(folder / "ca.pem", folder / "tls.crt", folder / "tls.key")
    authority.cert_pem.write_to_path(str(certificates.ca))
    certificates.certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(str(certificates.key))
    return certificates


@dataclass(frozen=True, slots=True)
class Webhook:
    """A running webhook."""

    url: str
    log: Path
    context: ssl.SSLContext

    def ask(self, pod: ManifestPod) -> Answer:
        """Send the review of a Pod's creation and apply the patch. Raises DemoStopped if the Pod is refused."""
        request = urllib.request.Request(  # noqa: S310 - our own server on loopback
            f"{self.url}/mutate?timeout=10s", data=review(pod), headers={"Content-Type": "application/json"}
        )
        with _opener(self.context).open(request, timeout=10) as answer:
            response = json.load(answer)["response"]
        if not response["allowed"]:
            raise DemoStopped("the Pod is refused", hint=response["status"]["message"])
        operations = json.loads(base64.b64decode(response.get("patch", "W10=")))
        return Answer(jsonpatch.apply_patch(pod.raw, operations), tuple(response.get("warnings", ())))

    def last_log_line(self) -> str:
        """Return the log line of the last decision."""
        return self.log.read_text().splitlines()[-1]


@contextmanager
def running(folder: Path, certificates: Certificates, vaults: Mapping[str, Mapping[str, str]]) -> Iterator[Webhook]:
    """Run `omamori serve` until the block ends. `vaults` are settings by the Vault, and their variables' last part."""
    port = free_port()
    settings = {
        "OMAMORI_VAULTS": ",".join(vaults),
        **{
            f"OMAMORI_VAULT_{vault.upper().replace('-', '_')}_{name}": text
            for vault, some in vaults.items()
            for name, text in some.items()
            if text
        },
        "OMAMORI_AGENT_IMAGE": f"registry.example.com/omamori-agent:{version('omamori')}",
        "OMAMORI_TLS_CERTIFICATE_FILE": str(certificates.certificate),
        "OMAMORI_TLS_KEY_FILE": str(certificates.key),
        "OMAMORI_DIALECT_VAULTK8S": "true",
        "OMAMORI_DRAIN_SECONDS": "0",
        "OMAMORI_LISTEN_HOST": "127.0.0.1",
        "OMAMORI_LISTEN_PORT": str(port),
    }
    log = folder / "webhook.log"
    context = ssl.create_default_context(cafile=str(certificates.ca))
    others = {name: value for name, value in os.environ.items() if not name.startswith("OMAMORI_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "webhook", "serve"],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={**others, **settings, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )
    url = f"https://127.0.0.1:{port}"
    try:
        _wait_until_ready(process, f"{url}/readyz", context, log)
        yield Webhook(url, log, context)
    finally:
        process.terminate()
        process.wait(10)


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, context: ssl.SSLContext, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with _opener(context).open(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(_POLL_SECONDS)
    raise DemoStopped("the webhook did not start", hint=" | ".join(log.read_text().splitlines()[-3:]))


def _opener(context: ssl.SSLContext) -> urllib.request.OpenerDirector:
    """Return a URL opener for loopback that ignores proxies of the environment."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))


def free_port() -> int:
    """Return a free port of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
