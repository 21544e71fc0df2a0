"""From `kubectl create` to the application's first line, on a real node: plain Pods, and each way to get secrets."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.bench.figures import Table, keep
from tests.realparts.runtimes import RUNTIMES
from tests.support.cluster.images import APP, build_images
from tests.support.cluster.installation import ELSEWHERE, Installation, installed, settings
from tests.support.cluster.manifests import container, pod
from tests.support.cluster.webhooks import webhook_configuration, webhook_process

ROUNDS = int(os.environ.get("OMAMORI_START_ROUNDS", "9"))
RUNTIME = os.environ.get("OMAMORI_START_RUNTIME", "containerd1")
ACCOUNT = "starts"
# namespaces whose Pods are decided on with other settings than the usual ones
NAMESPACES: Mapping[str, Mapping[str, str]] = {
    "usual": {},
    "assumed": {"ENV_FILES": "assume"},
    "probed": {"SIDECAR_GATE": "probe"},
}
FILE = {"file.omamori.dev/mail.pass": "secret/data/shop/mail#password"}
VARIABLE = {"env.omamori.dev/MAIL": "secret/data/shop/mail#password"}
FAST, SIDECAR = {"omamori.dev/start": "fast"}, {"omamori.dev/mode": "sidecar"}
TRIVIAL = {"name": "first", "image": APP, "imagePullPolicy": "Never", "command": ["/bin/true"]}
SHORT = {**TRIVIAL, "command": ["sleep", "0.1"]}  # `true` may be over before the kubelet's first look
# each row: a namespace, annotations, init containers of the author's
ROWS: Mapping[str, tuple[str, Mapping[str, str], tuple[Mapping[str, Any], ...]]] = {
    "plain": ("usual", {}, ()),
    "an init container that runs true": ("usual", {}, (TRIVIAL,)),
    "an init container that runs sleep 0.1": ("usual", {}, (SHORT,)),
    "mode init, a file": ("usual", FILE, ()),
    "mode init, a variable": ("usual", VARIABLE, ()),
    "mode init, a variable, not checked": ("assumed", VARIABLE, ()),
    "mode init, start: fast, a file": ("usual", {**FILE, **FAST}, ()),
    "mode init, start: fast, a variable": ("usual", {**VARIABLE, **FAST}, ()),
    "mode init, start: fast, a variable, not checked": ("assumed", {**VARIABLE, **FAST}, ()),
    "mode sidecar, a file": ("usual", {**FILE, **SIDECAR}, ()),
    "mode sidecar, a variable": ("usual", {**VARIABLE, **SIDECAR}, ()),
    "mode sidecar, a file, behind a startup probe": ("probed", {**FILE, **SIDECAR}, ()),
}


def seconds_to_start(installation: Installation, name: str, row: str) -> float:
    """Create a Pod of a row; returns the time from then until the application's first line. The Pod is gone then."""
    namespace, annotations, first = ROWS[row]
    spec = {"serviceAccountName": ACCOUNT, "initContainers": list(first), "containers": [container()]}
    text = json.dumps(pod(namespace, name, annotations, spec))
    created = time.time()
    installation.nodes.kubectl("create", "-f", "-", stdin=text)
    installation.wait_for_phase(namespace, name, "Succeeded")
    (itself,) = installation.report(namespace, name, "app", 0)
    installation.nodes.kubectl("delete", "pod", name, "-n", namespace, "--wait", seconds=120)
    started: float = itself["started"]
    return started - created


@contextlib.contextmanager
def prepared(installation: Installation) -> Iterator[None]:
    """Have the namespaces, with a webhook of their own where their settings are."""
    usual = settings(installation.box, installation.vault, installation.second_port)
    with contextlib.ExitStack() as stack:
        for number, (namespace, variables) in enumerate(NAMESPACES.items()):
            if variables:
                webhook = stack.enter_context(
                    webhook_process(
                        installation.box,
                        {**usual, **variables},
                        name=f"webhook-{namespace}",
                        port=installation.box.port(9443 + number),
                    )
                )
                selected = {"matchLabels": {ELSEWHERE: namespace}}
                configuration = webhook_configuration(
                    f"omamori-{namespace}", webhook.client_config(), namespaces=selected
                )
                installation.nodes.apply(configuration)
            installation.namespace(namespace, {ELSEWHERE: namespace} if variables else {})
            installation.nodes.apply(installation.account(namespace, ACCOUNT))
        time.sleep(3)  # the API server learns of webhooks a moment later, and a warm-up round follows
        yield


def measured(installation: Installation, rounds: int, rows: Iterable[str] = tuple(ROWS)) -> Table:
    """Measure rows, interleaved; the first round warms up."""
    table = Table("from kubectl create to the application's first line", "s")
    for number in range(rounds + 1):
        for place, row in enumerate(rows):
            seconds = seconds_to_start(installation, f"start-{number}-{place}", row)
            if number:
                table.add(row, seconds)
    return table


def over_plain(table: Table) -> dict[str, float]:
    """Return what each row takes more than the plain Pod of its round: the median of the differences, in seconds."""
    plain = table.samples["plain"]
    return {
        row: statistics.median(each - base for each, base in zip(samples, plain, strict=True))
        for row, samples in table.samples.items()
    }


def main() -> None:
    """Measure, print, keep."""
    with (
        tempfile.TemporaryDirectory() as folder,
        installed(build_images(Path(folder)), runtime=RUNTIMES[RUNTIME]) as installation,
        prepared(installation),
    ):
        table = measured(installation, ROUNDS)
    more = over_plain(table)
    rows = {
        row: {
            "median": round(statistics.median(samples), 2),
            "least": round(min(samples), 2),
            "most": round(max(samples), 2),
            "over plain": round(more[row], 2),
        }
        for row, samples in table.samples.items()
    }
    print(f"\n{table.title} ({table.unit}, {ROUNDS} rounds, {RUNTIME})\n  {'':<46} {'  '.join(rows['plain'])}")
    for row, figures in rows.items():
        median, least, most, over = figures.values()
        print(f"  {row:<46} {median:6.2f} {least:6.2f} {most:5.2f} {over:11.2f}")
    name = "start" if RUNTIME == "containerd1" else f"start, {RUNTIME}"
    keep([], {name: {"unit": table.unit, "rounds": ROUNDS, "rows": rows}})
