"""A finding of a manifest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from vault.places import Place
from webhook.workloads.fieldpath import Keys
from webhook.workloads.manifest import Manifest


class Level(IntEnum):
    """How much it matters: an error stops or changes what is deployed, a warning may be meant."""

    ERROR = 0
    WARNING = 1
    NOTE = 2


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One finding. `rule` is its kind, for programs: a Reason of the admission, or a word of RULES.

    `subject` is the object: `Deployment shop/checkout`; "" for a file that cannot be read.
    """

    place: Place
    level: Level
    rule: str
    subject: str
    message: str


def finding(manifest: Manifest, keys: Keys, level: Level, rule: str, message: str) -> Finding:
    """Make a finding on a part of an object."""
    return Finding(manifest.position(keys), level, rule, str(manifest), message)


# rules that are no reasons of an admission
RULES = {
    "unreadable": "a file cannot be read, or is no manifest",
    "not-text": "the value of an annotation is no string, which the API server refuses",
    "annotation-key": "the API server refuses the key of an annotation",
    "unreachable": "annotations stand where they reach no Pod",
    "live-pods": "annotations that change on Pods that run, where a change has no effect",
    "reference": "Pods that are made elsewhere get annotations of this object",
    "braces": "the tool that applies the object replaces {{…}}",
    "dollar": "tools that substitute variables replace ${…}",
    "trigger-parameter": "data of an event is written into annotations of omamori",
    "secret-parameter": "a parameter of a pipeline, whose values are stored, has the name of a secret",
    "cached-task": "a task of a pipeline that gets secrets may be taken from the cache",
    "not-granted": "the access files that are given do not grant what is asked",
    "not-known": "whether they grant it cannot be known from the files",
    "admission-warning": "the webhook admits the Pod with a warning",
}
