"""The webhook's memory does not grow."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.load import loading, write_bodies, write_endpoints
from tests.support.scale import keep, scaled
from tests.support.webhook.servers import serving

pytestmark = [pytest.mark.real, pytest.mark.timeout(3600)]

REQUESTS = scaled(20_000, 1_000_000)
SAMPLES = 40
BODIES = 3_000  # more workloads than are remembered


def resident_mib(pid: int) -> float:
    """The resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def test_flat(tmp_path: Path) -> None:
    """After a fifth of the requests memory stays where it is, to a few MiB."""
    write_bodies(tmp_path, BODIES)
    with serving(tmp_path, {"LOG_LEVEL": "warning"}) as running:
        write_endpoints(tmp_path, [running])
        samples: list[float] = []
        with loading(tmp_path, tmp_path / "ca.pem", count=REQUESTS, progress=REQUESTS // SAMPLES) as load:
            told = load.result(lambda _: samples.append(round(resident_mib(running.process.pid), 1)))
        files = len(list(Path(f"/proc/{running.process.pid}/fd").iterdir()))
    keep("memory", {**told, "resident_mib": samples, "open_files": files})
    assert told["lost"] == 0, told["errors"]
    settled = samples[len(samples) // 5 :]
    assert max(settled) - settled[0] < 8, samples
    assert files < 60
