"""The arithmetic of the load's figures, on numbers whose answers are known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.install.measured import Creation, audited, histogram, parse_samples

METRICS = """\
# TYPE seconds histogram
seconds_bucket{pod="a",le="0.1"} 50
seconds_bucket{pod="a",le="0.2"} 98
seconds_bucket{pod="a",le="+Inf"} 100
seconds_sum{pod="a"} 10
seconds_count{pod="a"} 100
# TYPE other counter
other{pod="a"} 7
"""


def test_quantiles() -> None:
    """A quantile is on a straight line within its bucket, and no more than the last bound; a difference has its own."""
    found = histogram(parse_samples(METRICS, ["seconds"]), "seconds", {"pod": "a"})
    assert [found.quantile(part) for part in (0.25, 0.5, 0.74, 0.99)] == pytest.approx([0.05, 0.1, 0.15, 0.2])
    assert found.figures() == {"count": 100, "mean_ms": 100.0, "p50_ms": 100.0, "p99_ms": 200.0}
    assert (found - found).figures() == {"count": 0}
    assert histogram(parse_samples(METRICS, ["seconds"]), "seconds", {"pod": "b"}).count == 0


def test_audited(tmp_path: Path) -> None:
    """Of the audit log the creations of Pods in one namespace are read, with how long each took and why it failed."""
    since = {"requestReceivedTimestamp": "2026-11-24T18:00:00.000000Z", "stageTimestamp": "2026-11-24T18:00:00.250000Z"}
    failed = {"code": 500, "message": 'failed calling webhook "x": Post "https://y": EOF'}
    log = tmp_path / "audit.log"
    log.write_text(
        "".join(
            json.dumps({**since, "objectRef": {"resource": "pods", "namespace": namespace}, "responseStatus": status})
            + "\n"
            for namespace, status in (("shop", {"code": 201}), ("mail", {"code": 201}), ("shop", failed))
        )
    )
    assert audited(log, 0, "shop") == [Creation(201, 0.25, ""), Creation(500, 0.25, "EOF")]
