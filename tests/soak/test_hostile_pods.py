"""Pods with our names, Plans, volumes, mounts, variables and commands in any place: nothing foreign ever changes."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import jsonpatch
import orjson
import pytest

from tests.support.scale import keep, scaled, seed
from tests.support.webhook.builders import pod, review, settings
from webhook.admission.cache import Cache
from webhook.admission.decision import Patched, Unchanged, decide
from webhook.admission.pod.names import LAUNCHER
from webhook.admission.pod.ownership import is_our_container, is_our_part, without_launcher
from webhook.admission.rawjson import MalformedReview
from webhook.admission.review import parse_review

pytestmark = [pytest.mark.timeout(0)]

PODS = scaled(4_000, 100_000)
NAMES = ["app", "b", "c", "omamori-init", "omamori-sidecar", "omamori-x", "istio-proxy"]
VOLUMES: list[str | None] = [
    "omamori-token",
    "omamori-env",
    "omamori-files-0",
    "omamori-files-1",
    "omamori-files-00",
    "omamori-state",
]
VOLUMES += ["omamori-launch-0", "omamori-files-x", "own", "", None]
LAUNCH = [LAUNCHER, "/omamori/launch/env", "--"]
EMISSARY = ["/a/argoexec", "emissary", "--", "x"]
COMMANDS = [None, [], ["x"], [*LAUNCH, "x"], [*LAUNCH, *LAUNCH, "x"], ["x", LAUNCHER], EMISSARY]
PATHS = ["/vault/secrets", "/x", "/", "", None]
OUR_VARIABLE = {"name": "A", "valueFrom": {"fileKeyRef": {"volumeName": "omamori-env", "path": "app", "key": "A"}}}
VARIABLES = [
    {"name": "OMAMORI_PLAN", "value": "{}"},
    {"name": "OMAMORI_PLAN_2", "value": "x"},
    OUR_VARIABLE,
    {**OUR_VARIABLE, "name": "B"},
    {"valueFrom": OUR_VARIABLE["valueFrom"]},
    {"name": "B", "value": "$(A)"},
    {"name": "B"},
    {"name": "C", "valueFrom": None},
    {"name": None},
    {},
]
ANNOTATIONS = [
    {"file.omamori.dev/a": "s/d#k"},
    {"file.omamori.dev/a": "s/d#k", "file.omamori.dev/b": "s/d dir=/x containers=b"},
    {"env.omamori.dev/A": "s/d#k"},
    {"env.omamori.dev/A": "s/d#k", "file.omamori.dev/a": "s/d#k"},
    {"env.omamori.dev/A": "s/d#k", "omamori.dev/env-delivery": "exec"},
]
POD_WIDE = {
    "containers": ["app", "b", "app,b"],
    "mode": ["sidecar", "init"],
    "position": ["last", "after:b", "first", "before:app"],
}


class Hostile:
    """Makes Pods of a seed."""

    def __init__(self, chosen: int) -> None:
        """Start."""
        self._random = random.Random(chosen)

    def pod(self) -> dict[str, Any]:
        """Make one. Half of them have each name once, so that more than the names is looked at."""
        chance = self._random
        asked = dict(chance.choice(ANNOTATIONS))
        for name, values in POD_WIDE.items():
            if chance.random() < 0.3:
                asked[f"omamori.dev/{name}"] = chance.choice(values)
        names = chance.sample(NAMES, len(NAMES)) if chance.random() < 0.7 else [chance.choice([*NAMES, "", None])] * 8
        split = chance.randrange(1, 4)
        spec: dict[str, Any] = {
            "initContainers": [self._container(name) for name in names[split : split + chance.randrange(4)]],
            "volumes": [self._volume() for _ in range(chance.randrange(5))],
            "nodeSelector": chance.choice([None, {}, {"omamori.dev/env-files": "true"}]),
        }
        kept = {name: value for name, value in spec.items() if chance.random() < 0.8}
        return pod(asked, containers=[self._container(name) for name in names[:split]], **kept)

    def _container(self, name: str | None) -> dict[str, Any]:
        made: dict[str, Any] = {"name": name, "image": "i"}
        fields = {
            "env": [self._random.choice(VARIABLES) for _ in range(self._random.randrange(4))],
            "volumeMounts": [self._mount() for _ in range(self._random.randrange(4))],
            "command": self._random.choice(COMMANDS),
            "securityContext": self._random.choice([None, {}, {"runAsUser": 0}, {"runAsUser": 5}]),
            "restartPolicy": self._random.choice([None, "Always"]),
        }
        return {**made, **{field: value for field, value in fields.items() if self._random.random() < 0.4}}

    def _mount(self) -> dict[str, Any]:
        made = {
            "name": self._random.choice(VOLUMES),
            "mountPath": self._random.choice(PATHS),
        }
        return made if self._random.random() < 0.9 else {}

    def _volume(self) -> dict[str, Any]:
        sources: list[dict[str, Any]] = [{"emptyDir": {}}, {"hostPath": {"path": "/"}}, {}]
        source = self._random.choice(sources)
        return {"name": self._random.choice(VOLUMES), **source}


def foreign(raw: dict[str, Any]) -> dict[str, Any]:
    """Give a copy without what is ours: our containers, volumes, mounts, variables and the launcher's words."""
    spec = orjson.loads(orjson.dumps(raw["spec"]))
    for kind in ("containers", "initContainers"):
        others = [each for each in spec.get(kind) or [] if not is_our_container(each)]
        for each in others:
            for part in ("env", "volumeMounts"):
                each[part] = [item for item in each.get(part) or [] if not is_our_part(item)]
            command = each.get("command")
            while command and without_launcher(command) != command:
                command = without_launcher(command)
            each["command"] = command or None
        spec[kind] = others
    spec["volumes"] = [each for each in spec.get("volumes") or [] if not is_our_part(each)]
    spec["nodeSelector"] = {
        name: value for name, value in (spec.get("nodeSelector") or {}).items() if name != "omamori.dev/env-files"
    }
    return {**raw, "spec": spec}


def test_nothing_foreign_changes() -> None:
    """Each Pod gets a decision; a patch applies, changes nothing foreign, and a second call has nothing to add."""
    hostile = Hostile(seed())
    usings = [settings(ENV_FILES=each) for each in ("verify", "assume", "require")]
    caches = [Cache() for _ in usings]
    kinds: Counter[str] = Counter()
    for number in range(PODS):
        raw, which = hostile.pod(), number % len(usings)
        try:
            decision = decide(parse_review(review(raw)), usings[which], caches[which])
        except MalformedReview:
            kinds["malformed"] += 1
            continue
        kinds[type(decision).__name__.lower()] += 1
        if not isinstance(decision, Patched):
            continue
        new = jsonpatch.apply_patch(raw, orjson.loads(orjson.dumps(decision.operations)))
        assert foreign(new) == foreign(raw), raw
        again = decide(parse_review(review(new)), usings[which], caches[which])
        assert isinstance(again, Unchanged), (raw, again)
    keep("hostile Pods", {"count": PODS, **kinds})
    assert kinds["patched"] > PODS // 200
    assert kinds["denied"] > 0
