"""Whatever an author writes for vault-k8s, a decision's work is bounded as for our own annotations."""

from __future__ import annotations

import time
from typing import Any

import orjson
import pytest

from tests.support.webhook.builders import pod, review
from tests.support.webhook.hostile import ordinary
from tests.support.webhook.vault_k8s import DOMAIN, named, theirs
from webhook.admission.decision import decide
from webhook.admission.review import parse_review

_ON = named(agent_inject="true", role="shop")
_MOST = 255 * 1024


def _many(prefix: str, text: str) -> dict[str, str]:
    return {f"{DOMAIN}/{prefix}{number}": text for number in range(490)}


def _long(name: str, unit: str) -> dict[str, str]:
    return {f"{DOMAIN}/agent-inject-secret-a": "kv/a", f"{DOMAIN}/{name}": (unit * _MOST)[:_MOST]}


def _crowd(count: int) -> list[dict[str, Any]]:
    return [{"name": f"c{number}", "image": "a:1"} for number in range(count)]


MOUNTS = [{"name": "v", "mountPath": f"/{number}"} for number in range(9_000)]
LARGE: dict[str, dict[str, Any]] = {
    "secrets": pod({**_ON, **_many("agent-inject-secret-", "kv/a")}),
    "secrets for many containers": pod({**_ON, **_many("agent-inject-secret-", "kv/a")}, containers=_crowd(500)),
    "templates": pod({**_ON, **_many("agent-inject-template-", "{{ 1 }}{{ a }}b" * 25 + "x" * 200)}),
    "commands": pod({**_ON, **_many("agent-inject-command-", "sh -c 'kill -HUP $(pidof " + "a" * 200)}),
    "directories": pod(
        {**_ON, **_many("agent-inject-secret-", "kv/a"), f"{DOMAIN}/secret-volume-path": "/a" * 30},
        containers=_crowd(2),
    ),
    "unknown": pod({**_ON, **_many("what-", "x")}),
    "wrong": pod({**_ON, **_many("agent-inject-perms-", "rw")}),
    "template files": pod(
        {**_ON, **_many("agent-inject-template-file-", "/a" * 200), f"{DOMAIN}/agent-copy-volume-mounts": "app"},
        containers=[{"name": "app", "volumeMounts": MOUNTS}],
    ),
    "a list of containers": pod({**_ON, **_long("agent-inject-containers", "aaaa,")}, containers=_crowd(500)),
    "a list of many names": pod(
        {**_ON, f"{DOMAIN}/agent-inject-containers": ",".join(map(str, range(40_000)))}, containers=_crowd(500)
    ),
    "a path": pod({**_ON, **_long("agent-inject-file-a", "a/../")}),
    "slashes": pod({**_ON, **_long("agent-inject-template-file-b", "/"), f"{DOMAIN}/agent-copy-volume-mounts": "app"}),
    "a command": pod({**_ON, **_long("agent-inject-command-a", "kill -HUP ")}),
    "a number": pod({**_ON, **_long("agent-run-as-user", "9")}),
    "a time": pod({**_ON, **_long("template-static-secret-render-interval", "1h")}),
    "a quantity": pod({**_ON, **_long("agent-limits-mem", "9")}),
    "an address": pod({**_ON, **_long("service", "https://a")}),
    "a mount": pod({**_ON, **_long("auth-path", "a/")}),
    "a namespace": pod({**_ON, **_long("namespace", "a/")}),
    "layers": pod({**_ON, **_long("agent-disable-keep-alives", "caching,")}),
    "a role": pod({**_ON, **_long("auth-config-role", "a")}),
}


@pytest.fixture(scope="module")
def goal_seconds() -> float:
    """What parsing an ordinary review of 3 MiB takes on this machine, now, nine times."""
    body = ordinary()
    times = []
    for _ in range(5):
        started = time.perf_counter()
        orjson.loads(body)
        times.append(time.perf_counter() - started)
    return 9 * sorted(times)[2]


@pytest.mark.parametrize("name", LARGE)
def test_bounded(name: str, goal_seconds: float) -> None:
    """Each is decided in the time that the largest reviews of our own annotations are."""
    request = parse_review(review(LARGE[name]))
    using = theirs()
    times = []
    for _ in range(3):
        started = time.perf_counter()
        decide(request, using)
        times.append(time.perf_counter() - started)
    assert min(times) < goal_seconds
