"""`make bench`: what a decision and a start of the program cost, against what they cannot cost less than."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import orjson

from tests.webhook.builders import pod, review, settings
from webhook.admission import Patched, decide
from webhook.patch import render_patch
from webhook.review import parse_review, render_allowed

PROJECT = Path(__file__).parents[2]
ROUNDS = 15
CALLS = 300

ANNOTATIONS = {
    "file.omamori.dev/db.env": "secret/data/shop/db",
    "file.omamori.dev/mail.pass": "secret/data/shop/mail#password",
    "file.omamori.dev/pgpass": "secret/data/shop/db#pgpass as=.pgpass dir=/home/app",
}


def large_pod(annotations: dict[str, str] | None) -> bytes:
    """A review of about 6 KB, as a Deployment's Pod with a dozen variables, probes and a token volume makes it."""
    variables = [{"name": f"SETTING_{number}", "value": "x" * 40} for number in range(24)]
    probe = {"httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"}, "periodSeconds": 10, "timeoutSeconds": 1}
    container = {
        "name": "app",
        "image": "registry.example.com/shop/checkout:1.4.2",
        "env": variables,
        "livenessProbe": probe,
        "readinessProbe": probe,
        "resources": {"limits": {"cpu": "1", "memory": "128Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
        "volumeMounts": [{"name": "api", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}],
    }
    second = {**container, "name": "worker"}
    volume = {"name": "api", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}
    return review(pod(annotations, containers=[container, second], volumes=[volume]))


def microseconds(call: Callable[[], object]) -> float:
    """The processor time of one call, on average over a few hundred."""
    started = time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - started) / CALLS * 1e6


def side_by_side(calls: dict[str, Callable[[], object]]) -> None:
    """Run all in turn, many rounds; print medians, and each as a ratio of the first, round by round."""
    rounds = [{name: microseconds(call) for name, call in calls.items()} for _ in range(ROUNDS)]
    first = next(iter(calls))
    for name in calls:
        figure = statistics.median(each[name] for each in rounds)
        ratio = statistics.median(each[name] / each[first] for each in rounds)
        print(f"  {name:<44} {figure:8.1f} µs   {ratio:5.2f}")


def decision() -> None:
    """What a decision costs, against parsing its request."""
    using = settings()
    annotated, plain = large_pod(ANNOTATIONS), large_pod(None)
    print(f"a review of {len(annotated)} bytes, processor time of one call, and as a ratio of the first")

    def whole(body: bytes) -> bytes:
        request = parse_review(body)
        decided = decide(request, using)
        patch = render_patch(decided.operations) if isinstance(decided, Patched) else None
        return render_allowed(request.uid, patch=patch)

    side_by_side(
        {
            "orjson.loads alone": lambda: orjson.loads(annotated),
            "parse_review": lambda: parse_review(annotated),
            "annotated Pod: from bytes to bytes": lambda: whole(annotated),
            "plain Pod: from bytes to bytes": lambda: whole(plain),
        }
    )


def start() -> None:
    """What a start of the program costs up to its first refusal (no Plan), against a bare interpreter."""
    program = [sys.executable, "-I", "-S", "-B", str(PROJECT / "vault/injector/start.py")]
    bare = [sys.executable, "-I", "-S", "-B", "-c", "pass"]

    def milliseconds(command: list[str]) -> float:
        started = time.perf_counter()
        subprocess.run(command, env={}, stderr=subprocess.DEVNULL, check=False)
        return (time.perf_counter() - started) * 1000

    pairs = [(milliseconds(bare), milliseconds(program)) for _ in range(ROUNDS * 2)]
    print("a start of the program in the Pod, wall time")
    print(f"  bare interpreter     {statistics.median(each[0] for each in pairs):6.1f} ms    1.00")
    ratio = statistics.median(each[1] / each[0] for each in pairs)
    print(f"  with all its modules {statistics.median(each[1] for each in pairs):6.1f} ms   {ratio:5.2f}")


if __name__ == "__main__":
    decision()
    start()
