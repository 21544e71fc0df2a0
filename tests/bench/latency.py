"""Latency of an admission at half of the rate at which the webhook saturates, as Go's HTTP client sees it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.bench.decision import ANNOTATIONS, large_review
from tests.bench.figures import keep
from tests.bench.load import loading, write_endpoints
from tests.support.webhook.servers import serving

REQUESTS = 10_000
BODIES = 200


def main() -> None:
    """Measure, print, keep."""
    figures = {}
    for name, asked in (("annotated Pods", ANNOTATIONS), ("plain Pods", None)):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            (folder / "bodies").mkdir()
            for number in range(BODIES):
                (folder / "bodies" / str(number)).write_bytes(large_review(asked))
            with serving(folder) as running:
                write_endpoints(folder, [running])
                with loading(folder, folder / "ca.pem", count=REQUESTS) as load:
                    told = load.result()
                saturated = told["sent"] / told["seconds"]
                with loading(folder, folder / "ca.pem", count=REQUESTS, rate=saturated / 2) as load:
                    told = load.result()
        assert told["lost"] == 0, told["errors"]
        figures[name] = {"saturates_at_per_second": round(saturated), "at_half_of_it": told}
        print(f"\n{name}: saturates at {saturated:.0f} a second; at half of it, in ms:")
        print("  " + "  ".join(f"{each} {told[f'{each}_ms']:.2f}" for each in ("p50", "p99", "p999", "max")))
    keep([], {"latency at half of the saturation rate": figures})
