"""Drives webhooks with Go's HTTP client, as the API server does; see tests/realparts/source/goload.go."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.decision import ANNOTATIONS, large_review
from tests.realparts.parts import part
from tests.support.webhook.servers import Serving


@dataclass(frozen=True, slots=True)
class Load:
    """A running client."""

    process: subprocess.Popen[str]

    def result(self, on_progress: Callable[[int], None] | None = None) -> dict[str, Any]:
        """Wait for its end and give what it counted; call back with the number of requests so far."""
        assert self.process.stderr is not None
        assert self.process.stdout is not None
        for line in self.process.stderr:
            if on_progress is not None:
                on_progress(int(line))
        told: dict[str, Any] = json.loads(self.process.stdout.read())
        assert self.process.wait() == 0
        return told


def write_endpoints(folder: Path, servers: Iterable[Serving]) -> None:
    """Say to which servers new connections go, at once."""
    lines = "".join(f"{host}:{port}\n" for host, port in (server.address for server in servers))
    (folder / "endpoints.new").write_text(lines)
    (folder / "endpoints.new").replace(folder / "endpoints")


def write_bodies(folder: Path, count: int) -> None:
    """Write reviews of annotated and plain Pods; each is another Pod, and every second one another workload."""
    (folder / "bodies").mkdir()
    for number in range(count):
        annotations = None if number % 3 == 0 else ANNOTATIONS
        body = large_review(annotations, distinct=number + 1 if number % 2 else 0)
        (folder / "bodies" / f"{number:05}").write_bytes(body)


@contextmanager
def loading(folder: Path, ca: Path, **options: float) -> Iterator[Load]:
    """Run a client until the block ends, or it has sent everything. Options are goload's."""
    words = [word for name, value in options.items() for word in (f"-{name}", str(value))]
    command = [str(part("goload") / "goload"), "-ca", str(ca), "-bodies", str(folder / "bodies")]
    command += ["-endpoints", str(folder / "endpoints"), *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield Load(process)
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
