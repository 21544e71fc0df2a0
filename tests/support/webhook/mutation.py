"""Reviews of real Pod shapes, mutated: as JSON, in any place, and as bytes; repeatable by a seed."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import orjson

from tests.support.webhook.builders import review

CORPUS: list[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "cases/pods.json").read_text())

_STRANGE: list[Any] = [
    *[None, True, False, 0, -1, 2**63, 1.5, "", "x", "\x00", "é", "a" * 5000, [], {}, [[]], [None], {"": ""}],
    *["omamori-init", "omamori-token", "omamori-files-0", "$(HOME)", "$$", "{{x}}", "../..", "/", "/proc", "\ud7ff"],
    *["kv/x keys=a,b rename=a:c", "$(A)", "$(P_A)", [{"name": "P_A", "value": "$(P_B)"}], [{"configMapRef": {}}]],
    *["kv/x", "kv/x#k", "secret/data/a@3", 'kv/x data.a="b c"', "kv/x mode=0400 dir=/srv", "kv/x as=.. optional=true"],
    *[
        "exec",
        "auto",
        "sidecar",
        "restart",
        "signal=HUP process=x",
        "kv/x#k encode=base64",
        "kv/x#k as=B_1 containers=app",
    ],
    *[["/omamori/launch/omamori-launch", "/omamori/launch/env", "--", "x"], ["x"], {"omamori.dev/env-files": "no"}],
    *["[[ . ]]", "volume:v/a", 'delimiters="{{ }}"', {"name": "v", "configMap": {}}],
    *[{"name": "A", "valueFrom": {"fileKeyRef": {"volumeName": "omamori-env", "path": "app", "key": "A"}}}],
    *[{"name": "omamori-init", "env": [{"name": "OMAMORI_PLAN", "value": "{}"}]}, {"name": None}, {"name": []}],
]
_KEYS = [
    *["file.omamori.dev/x", "file.omamori.dev/", "FILE.omamori.dev/x", "omamori.dev/role", "omamori.dev/inject"],
    *["omamori.dev/containers", "omamori.dev/position", "omamori.dev/dir", "omamori.dev", "name", "spec", "metadata"],
    *[
        "env.omamori.dev/A",
        "env.omamori.dev/B.c",
        "envfrom.omamori.dev/s",
        "omamori.dev/env-delivery",
        "omamori.dev/mode",
        "omamori.dev/refresh",
    ],
    *[
        "omamori.dev/on-change",
        "command",
        "env",
        "envFrom",
        "nodeSelector",
        "shareProcessNamespace",
        "volumes",
        "configMap",
    ],
    *["template.omamori.dev/t", "template-options.omamori.dev/t", "projected", "sources"],
    *["initContainers", "volumeMounts", "securityContext", "runAsUser", "fsGroup", "resources", "", "~", "a/b"],
]


_VARIABLES = {"env.omamori.dev/A": "kv/x#k", "env.omamori.dev/B.c": "kv/x optional=true"}
_TEMPLATES = {"template.omamori.dev/t": "[[ . ]]", "template.omamori.dev/u": "volume:kube-api-access-x7k2p/ca.crt"}
_ASKING: list[dict[str, str]] = [
    *[
        _TEMPLATES,
        {},
        {},
        _VARIABLES,
        {**_VARIABLES, "omamori.dev/env-delivery": "exec"},
        {**_VARIABLES, "omamori.dev/env-delivery": "auto"},
        {**_VARIABLES, "envfrom.omamori.dev/s": "kv/x prefix=P_ upper=true", "omamori.dev/env-delivery": "auto"},
        {"omamori.dev/mode": "sidecar"},
    ],
]


def mutated(rng: random.Random) -> bytes:
    """Give one review: of a shape of the corpus, with a few values changed, added or removed, and now and then cut."""
    pod = copy.deepcopy(rng.choice(CORPUS)["pod"])
    pod["metadata"].setdefault("annotations", {}).update(rng.choice(_ASKING))
    document = orjson.loads(review(pod))
    for _ in range(rng.randrange(4)):
        _change(rng, document)
    body = bytearray(orjson.dumps(document))
    if rng.random() < 0.1:
        for _ in range(rng.randrange(1, 4)):
            position = rng.randrange(len(body))
            action = rng.randrange(3)
            if action == 0:
                body[position] = rng.randrange(256)
            elif action == 1:
                del body[position:]
                break
            else:
                body[position:position] = rng.randbytes(3)
        if not body:
            body = bytearray(b"{")
    return bytes(body)


def _change(rng: random.Random, document: Any) -> None:
    """Change one place of a document, chosen by walking down at random, a few steps deep."""
    here = document
    for _ in range(rng.randrange(2, 9)):
        inner = [each for each in (here.values() if isinstance(here, dict) else here) if isinstance(each, dict | list)]
        if not inner:
            break
        here = rng.choice(inner)
    value = copy.deepcopy(rng.choice(_STRANGE))
    if isinstance(here, dict):
        action = rng.randrange(3)
        if action == 0 or not here:
            here[rng.choice(_KEYS)] = value
        elif action == 1:
            here[rng.choice(list(here))] = value
        else:
            del here[rng.choice(list(here))]
    elif here and rng.randrange(2):
        here[rng.randrange(len(here))] = value
    else:
        here.insert(rng.randrange(len(here) + 1), value)
