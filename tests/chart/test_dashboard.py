"""The dashboard: Grafana's JSON, whose queries name metrics that are there, and the chart's ConfigMap with it."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from tests.support.cluster.rendering import CHART, render_least
from tests.support.webhook.servers import write_certificate
from webhook.server.metrics import Metrics
from webhook.server.tls import ServingCertificate

DASHBOARD = CHART / "files/dashboard.json"
# without braces, which Flux takes for a variable of its own
DATASOURCE = {"type": "prometheus", "uid": "$datasource"}

# what an API server says of its webhooks (k8s.io/apiserver, pkg/admission/metrics)
KUBERNETES = {
    "apiserver_admission_webhook_admission_duration_seconds_bucket",
    "apiserver_admission_webhook_rejection_count",
}
METRIC = re.compile(r"\b(?:omamori|process|apiserver)_\w+")


def dashboard() -> dict[str, Any]:
    """Read it."""
    found: dict[str, Any] = json.loads(DASHBOARD.read_text())
    assert len(found["panels"]) >= 10
    return found


def test_goes_into_any_grafana() -> None:
    """It has no id of its own, by which it could overwrite another one, and asks the source that is chosen in it."""
    whole = dashboard()
    assert not {"id", "uid", "version", "__inputs"} & whole.keys()
    assert [(each["name"], each["type"]) for each in whole["templating"]["list"]] == [("datasource", "datasource")]
    assert all(panel["datasource"] == DATASOURCE for panel in whole["panels"])


def test_each_panel_has_its_place() -> None:
    """Every panel has a number, a title and words of its own, and none covers another or leaves the page."""
    panels = dashboard()["panels"]
    for field in ("id", "title", "description"):
        assert len({panel[field] for panel in panels}) == len(panels)
    for each in (panel["gridPos"] for panel in panels):
        assert each["x"] + each["w"] <= 24
    for one, other in combinations((panel["gridPos"] for panel in panels), 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below


def test_each_metric_is_there(tmp_path: Path) -> None:
    """A query names what the webhook counts, or what an API server does; and what the webhook counts is all shown."""
    _, certificate, key = write_certificate(tmp_path)
    families = list(Metrics(ServingCertificate(str(certificate), str(key))).registry.collect())
    ours = {family.name + suffix for family in families for suffix in ("", "_total", "_bucket")}
    expressions = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    named = {name for each in expressions for name in METRIC.findall(each)}

    assert named <= ours | KUBERNETES
    for family in (each.name for each in families if each.name.startswith("omamori_")):
        assert any(name.startswith(family) for name in named), family


@pytest.mark.real
def test_config_map() -> None:
    """The chart's ConfigMap has the same dashboard, under the label that Grafana's sidecar looks for."""
    made = render_least({"monitoring": {"dashboard": {"enabled": True, "labels": {"folder": "security"}}}})
    config_map = made["ConfigMap", "omamori-dashboard"]
    assert config_map["metadata"]["labels"].items() >= {"grafana_dashboard": "1", "folder": "security"}.items()
    assert json.loads(config_map["data"]["omamori.json"]) == dashboard()


@pytest.mark.real
def test_prometheus_rule() -> None:
    """The chart's PrometheusRule has the alerts, under the labels that are asked for."""
    made = render_least({"monitoring": {"prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}}}})
    rule = made["PrometheusRule", "omamori"]
    assert rule["metadata"]["labels"]["release"] == "prometheus"
    assert [group["name"] for group in rule["spec"]["groups"]] == ["omamori"]
