"""No request is lost while the certificate is replaced and while a replica ends and its successor takes over."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import trustme

from tests.bench.load import loading, write_bodies, write_endpoints
from tests.support.scale import keep, scaled
from tests.support.waiting import wait_until
from tests.support.webhook.servers import Serving, serving, write_certificate

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

REQUESTS = scaled(3_000, 10_000)
RATE = 250
DRAIN = {"DRAIN_SECONDS": "5"}


def replace_certificate(folder: Path, authority: trustme.CA, running: Serving) -> None:
    """Replace the certificate's files and wait until the new one is taken."""
    taken = 'omamori_certificate_reloads_total{outcome="taken"}'
    before = running.metric(taken)
    write_certificate(folder, authority=authority)
    wait_until(lambda: running.metric(taken) > before, 30, "the certificate is taken")


def test_nothing_is_lost(tmp_path: Path) -> None:
    """A client without retry, with connections kept alive, loses nothing through three certificates and a takeover."""
    authority = trustme.CA()
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    write_bodies(tmp_path, 200)
    with serving(old, DRAIN, authority=authority) as first:
        write_endpoints(tmp_path, [first])
        with loading(tmp_path, old / "ca.pem", count=REQUESTS, rate=RATE) as load:
            told: dict[str, object] = {}
            waiting = threading.Thread(target=lambda: told.update(load.result()))
            waiting.start()
            for _ in range(3):
                replace_certificate(old, authority, first)
            with serving(new, DRAIN, authority=authority) as second:
                first.process.terminate()
                wait_until(lambda: first.client.get("/readyz").status_code == 503, 30, "it says that it ends")
                # from here on a Service sends new connections to the successor, as soon as everybody knows
                wait_until(lambda: second.client.get("/readyz").status_code == 200, 30, "the successor is ready")
                write_endpoints(tmp_path, [second])
                assert first.process.wait(60) == 0
                waiting.join(300)
                served = second.metric("omamori_decision_duration_seconds_count")
    keep("takeover", {**told, "served_by_successor": int(served)})
    assert told["sent"] == REQUESTS
    assert told["lost"] == 0, told["errors"]
    assert served > 0
