"""Prometheus beside an installation, and the panels of the dashboard over what it has seen."""

from __future__ import annotations

import base64
import contextlib
import json
import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.install.installed import CHART, NAME, NAMESPACE, Installed
from tests.realparts.prometheus import Prometheus, Series, api_server_job, prometheus, targets_job
from tests.support.scale import FULL, RESULTS, scaled
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

DASHBOARD = CHART / "files/dashboard.json"
KEPT = RESULTS.with_name("dashboard.json")
API_SERVER = "apiserver_admission_webhook_.*"
INTERVAL_SECONDS = scaled(1, 5)
POINTS = 150  # of a series that is kept


@dataclass(frozen=True, slots=True)
class Query:
    """A query of a panel, as the dashboard has it."""

    panel: str
    unit: str
    legend: str
    expression: str


def queries() -> list[Query]:
    """Read the dashboard's queries, in its order."""
    return [
        Query(panel["title"], panel["fieldConfig"]["defaults"]["unit"], target["legendFormat"], target["expr"])
        for panel in json.loads(DASHBOARD.read_text())["panels"]
        for target in panel["targets"]
    ]


@dataclass(frozen=True, slots=True)
class Watching:
    """Prometheus, since when it runs, the file that lists the webhook's Pods for it, and when which load began."""

    prometheus: Prometheus
    inside: Installed
    targets: Path
    began: float = field(default_factory=time.time)
    loads: dict[str, float] = field(default_factory=dict)

    def look(self) -> None:
        """Find the webhook's Pods, with the labels that Prometheus' operator gives them; wait until all are read."""
        pods = self.inside.staying_pods()
        found = [
            {
                "targets": [f"{each['status']['podIP']}:8443"],
                "labels": {"namespace": NAMESPACE, "pod": each["metadata"]["name"]},
            }
            for each in pods
        ]
        new = self.targets.with_suffix(".new")
        new.write_text(json.dumps(found))
        new.replace(self.targets)
        wanted = {"apiserver": 1, NAME: len(pods)}
        wait_until(lambda: self.prometheus.healthy() == wanted, 60, "Prometheus reads everybody")

    def asked(self, query: Query, since: float, until: float) -> list[Series]:
        """Ask as Grafana does: a rate is over four scrapes. Points without a value, and series without points, go."""
        expression = query.expression.replace("$__rate_interval", f"{4 * INTERVAL_SECONDS}s")
        answer = self.prometheus.query_range(expression, since, until, self._step(since, until))
        found = [(labels, [(at, value) for at, value in points if math.isfinite(value)]) for labels, points in answer]
        return [(labels, points) for labels, points in found if points]

    def _step(self, since: float, until: float) -> int:
        return max(INTERVAL_SECONDS, math.ceil((until - since) / POINTS))

    def keep(self) -> None:
        """At full scale keep what the panels show from the start until now, for the documentation's picture of them."""
        if not FULL:
            return
        until = time.time()
        step = self._step(self.began, until)
        panels: dict[str, dict[str, Any]] = {}
        for query in queries():
            panel = panels.setdefault(query.panel, {"unit": query.unit, "series": {}})
            for labels, points in self.asked(query, self.began, until):
                legend = query.legend
                for label, value in labels.items():
                    legend = legend.replace(f"{{{{{label}}}}}", value)
                values: list[float | None] = [None] * (1 + int((until - self.began) // step))
                for at, number in points:
                    values[round((at - self.began) / step)] = float(f"{number:.3g}")
                panel["series"][legend] = values
        loads = {name: round(at - self.began) for name, at in self.loads.items()}
        KEPT.write_text(render_panels({"step_seconds": step, "loads": loads, "panels": panels}))


def render_panels(kept: dict[str, Any]) -> str:
    """Render them as JSON with one line for each panel."""
    panels = ",\n".join(f"  {json.dumps(name)}: {json.dumps(panel)}" for name, panel in kept["panels"].items())
    rest = json.dumps({name: value for name, value in kept.items() if name != "panels"}).removesuffix("}")
    return f'{rest}, "panels": {{\n{panels}\n}}}}\n'


@contextlib.contextmanager
def watching(inside: Installed) -> Iterator[Watching]:
    """Run Prometheus until it has read the API server and every replica."""
    nodes = inside.nodes
    authority = nodes.box.folder / "webhook-ca.pem"
    secret = nodes.get("secret", f"{NAME}-tls", "-n", NAMESPACE)
    authority.write_bytes(base64.b64decode(secret["data"]["ca.crt"]))
    targets = nodes.box.folder / "webhook-targets.json"
    jobs = [
        api_server_job(nodes, API_SERVER),
        targets_job(NAME, f"{NAME}.{NAMESPACE}.svc", authority, targets),
    ]
    with prometheus(nodes, jobs, INTERVAL_SECONDS) as server:
        watched = Watching(server, inside, targets)
        watched.look()
        yield watched
