"""Debian's Prometheus, which reads the metrics of an API server and of what a file lists."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from tests.realparts.parts import part
from tests.realparts.requests import SECONDS, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.realparts.apiserver import ApiServer

PORT = 9090

Series = tuple[dict[str, str], list[tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running Prometheus."""

    url: str

    def query_range(self, expression: str, start: float, end: float, step: float) -> list[Series]:
        """Give each series' labels and its values by time. Raises AssertionError where the query is none."""
        asked = {"query": expression, "start": start, "end": end, "step": step}
        answer = httpx.post(f"{self.url}/api/v1/query_range", data=asked, timeout=SECONDS, trust_env=False)
        assert answer.status_code == httpx.codes.OK, answer.text
        found = answer.json()["data"]["result"]
        return [(each["metric"], [(at, float(value)) for at, value in each["values"]]) for each in found]

    def healthy(self) -> dict[str, int]:
        """Give how many targets of each job were read without an error the last time."""
        answer = httpx.get(f"{self.url}/api/v1/targets", params={"state": "active"}, timeout=SECONDS, trust_env=False)
        found: dict[str, int] = {}
        for each in answer.json()["data"]["activeTargets"]:
            found[each["scrapePool"]] = found.get(each["scrapePool"], 0) + (each["health"] == "up")
        return found


@contextlib.contextmanager
def prometheus(server: ApiServer, jobs: Sequence[Mapping[str, Any]], interval_seconds: int) -> Iterator[Prometheus]:
    """Run Prometheus with these jobs (`scrape_configs`) until it is ready."""
    part("debian")
    box = server.box
    folder = box.folder / "prometheus"
    folder.mkdir()
    configuration = folder / "prometheus.json"  # JSON is YAML
    every = {"scrape_interval": f"{interval_seconds}s", "scrape_timeout": f"{interval_seconds}s"}
    configuration.write_text(json.dumps({"global": every, "scrape_configs": list(jobs)}))
    command: list[str | Path] = [
        "prometheus",
        f"--config.file={configuration}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={box.listen}:{PORT}",
    ]
    with box.running("prometheus", command) as process:
        url = f"http://{box.address}:{PORT}"
        process.wait_until(lambda: status_of(f"{url}/-/ready") == 200, 30, "Prometheus is ready")
        yield Prometheus(url)


def api_server_job(server: ApiServer, names: str) -> dict[str, Any]:
    """Read the API server's metrics whose names match, as its administrator."""
    (account,) = json.loads(server.kubeconfig.read_text())["users"]
    user = account["user"]
    return {
        "job_name": "apiserver",
        "scheme": "https",
        "tls_config": {
            "ca_file": str(server.ca),
            "cert_file": user["client-certificate"],
            "key_file": user["client-key"],
        },
        "static_configs": [{"targets": [server.url.removeprefix("https://")]}],
        "metric_relabel_configs": [{"source_labels": ["__name__"], "regex": names, "action": "keep"}],
    }


def targets_job(name: str, server_name: str, authority: Path, targets: Path) -> dict[str, Any]:
    """Read the targets of a file (`file_sd_configs`) by TLS, whenever the file changes.

    Debian's Prometheus cannot find Pods by itself: its service discovery for Kubernetes is left out.
    """
    return {
        "job_name": name,
        "scheme": "https",
        "tls_config": {"ca_file": str(authority), "server_name": server_name},
        "file_sd_configs": [{"files": [str(targets)]}],
    }
