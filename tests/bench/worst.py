"""What the worst reviews cost: hand-made maxima and what hypothesis finds, against parsing an ordinary one of 3 MiB."""

from __future__ import annotations

import io
import statistics
import time
from typing import Any

import orjson
from hypothesis import HealthCheck, Phase, given, target
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.bench.figures import keep
from tests.support.webhook.builders import pod, review, settings
from tests.support.webhook.hostile import MOST_BYTES, ordinary, reviews
from webhook.log import Log
from webhook.server.drain import Drain
from webhook.server.endpoint import Mutate
from webhook.server.metrics import Metrics

ROUNDS = 7
EXAMPLES = 400
SLOWEST_SHOWN = 8


class NoCertificate:
    """Stands where only the metric of the certificate's end would look."""


def endpoint() -> Mutate:
    """Give the endpoint without its server; nothing is remembered from an earlier one."""
    return Mutate(settings(), Metrics(NoCertificate()), Log(io.BytesIO()), Drain(), client_required=False)  # type: ignore[arg-type]


def milliseconds(body: bytes, rounds: int = ROUNDS) -> float:
    """The median time of an answer."""
    mutate = endpoint()
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        mutate.answer(body)
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def parsing(body: bytes) -> float:
    """The median time of parsing alone, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        orjson.loads(body)
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


@st.composite
def hostile(draw: st.DrawFn) -> dict[str, Any]:
    """A Pod whose parts have any numbers and lengths, up to and beyond every bound."""
    amounts = st.integers(0, 14).map(lambda power: 2**power)
    containers, mounts, variables = draw(amounts) % 600 + 1, draw(amounts) % 3_000, draw(amounts) % 3_000
    secrets, depth, length = draw(amounts) % 600 + 1, draw(st.integers(1, 20)), draw(amounts) % 4_000
    prefix = draw(st.sampled_from(["file", "env"]))
    where = draw(st.sampled_from(["", " containers=c0", " containers=c{n},c{m}"]))
    options = draw(st.sampled_from(["", " mode=0400", " mode=9", " optional=true x=1", ' data.a="\\u0024$$"']))
    annotations = {}
    for n in range(secrets):
        directory = "/a" * depth + f"/{n % max(1, draw_modulus(secrets, depth))}" if prefix == "file" else ""
        at = f" dir={directory} as={'b/' * (depth % 10)}c{n}" if directory else ""
        text = f"s/{n}#{'k' * min(length, 900)}{at}{options}{where.format(n=n % containers, m=(n + 1) % containers)}"
        annotations[f"{prefix}.omamori.dev/f{n}"] = text
    if draw(st.booleans()):
        annotations["omamori.dev/mode"] = "sidecar"
    if prefix == "env" and draw(st.booleans()):
        annotations["omamori.dev/env-delivery"] = "exec"
    below = "x/" * (depth % 8)
    made = [
        {
            "name": f"c{n}",
            "command": ["x", "$(f0)" * (length % 50)],
            "volumeMounts": [{"name": "v", "mountPath": f"/m/{below}{m}"} for m in range(mounts // containers)],
            "env": [{"name": f"N{m}" + "n" * (length % 200), "value": "$(f1)"} for m in range(variables // containers)],
        }
        for n in range(containers)
    ]
    return pod(annotations, containers=made)


def draw_modulus(secrets: int, depth: int) -> int:
    """How many different directories: many where paths are short."""
    return max(1, secrets // depth)


def searched() -> tuple[float, int, int]:
    """Let hypothesis look for slow reviews; give the slowest's milliseconds and size, and how many were tried."""
    worst = [0.0, 0, 0]

    @hypothesis_settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.target],
        suppress_health_check=list(HealthCheck),
    )
    @given(hostile())
    def search(raw: dict[str, Any]) -> None:
        body = review(raw)
        if len(body) > MOST_BYTES:
            return
        worst[2] += 1
        took = milliseconds(body, 1)
        if took > worst[0]:
            took = milliseconds(body, 3)  # once more, so that the machine's own pauses do not count
        target(took)
        if took > worst[0]:
            worst[:2] = [took, len(body)]

    search()
    return worst[0], int(worst[1]), int(worst[2])


def main() -> None:
    """Measure, print, keep."""
    base = parsing(ordinary())
    rows = {name: milliseconds(body) for name, body in reviews()}
    found, size, tried = searched()
    beyond = 0
    for _, body in reviews():
        status, answer = endpoint().answer(body)
        patch = orjson.loads(answer)["response"].get("patch", "") if status == 200 else ""
        beyond = max(beyond, len(answer) - len(patch))
    slowest = sorted(rows.items(), key=lambda row: -row[1])[:SLOWEST_SHOWN]
    print(f"\nthe worst reviews (milliseconds, and as a ratio of parsing an ordinary review of 3 MiB: {base:.1f} ms)")
    for name, took in (*slowest, (f"the worst of {tried} by hypothesis ({size >> 10} KiB)", found)):
        print(f"  {name:<56} {took:10.1f} {took / base:8.2f}")
    print(f"  the largest answer beside its patch: {beyond} bytes")
    keep(
        [],
        {
            "the worst reviews": {
                "parsing an ordinary review of 3 MiB, ms": round(base, 2),
                "rows": {name: {"ms": round(took, 2), "ratio": round(took / base, 3)} for name, took in slowest},
                "hypothesis": {"tried": tried, "ms": round(found, 2), "ratio": round(found / base, 3)},
                "largest answer beside its patch, bytes": beyond,
            }
        },
    )
