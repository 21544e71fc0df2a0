"""etcd, in the run's folder, without fsync: nobody needs its data after the run."""

from __future__ import annotations

import base64
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.realparts.requests import ask, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.realparts.sandbox import Sandbox

EVERYTHING = base64.b64encode(b"\0").decode()  # as key and as end of the range: all keys


@dataclass(frozen=True, slots=True)
class Etcd:
    """A running etcd."""

    url: str

    def dump(self) -> bytes:
        """Read every key and its value, as they are stored."""
        answer = ask("POST", f"{self.url}/v3/kv/range", body={"key": EVERYTHING, "range_end": EVERYTHING})
        answer.raise_for_status()
        parts = [base64.b64decode(pair.get(part, "")) for pair in answer.json()["kvs"] for part in ("key", "value")]
        return b"\n".join(parts)


@contextlib.contextmanager
def etcd(box: Sandbox) -> Iterator[Etcd]:
    """Run one member. It asks for no certificate: in a network of its own only the run's Pods and tests reach it."""
    port, peer_port = box.port(2379), box.port(2380)
    url = f"http://{box.address}:{port}"
    peer = f"http://127.0.0.1:{peer_port}"
    command: list[str | Path] = [
        "etcd",
        *("--name", "tests", "--data-dir", box.folder / "etcd"),
        *("--listen-client-urls", url, "--advertise-client-urls", url),
        *("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"tests={peer}"),
        # room for the history of tens of thousands of Pods, which is there until it is compacted
        *("--quota-backend-bytes", str(8 * 2**30)),
        "--unsafe-no-fsync",
    ]
    with box.running("etcd", command) as process:
        process.wait_until(lambda: status_of(f"{url}/health") == 200, 30, "etcd is healthy")
        yield Etcd(url)
