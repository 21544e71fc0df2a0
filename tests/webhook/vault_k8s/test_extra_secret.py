"""The Secret of agent-extra-secret: in our container alone, read-only."""

from __future__ import annotations

import json
from copy import deepcopy

import jsonpatch
import pytest

from tests.support.webhook.builders import decided
from tests.support.webhook.vault_k8s import DOMAIN, admitted, asking, named, our_container, refusals, theirs
from webhook.admission.decision import Denied, Patched

EXTRA = named(agent_extra_secret="shop.extra", agent_init_first="true")
NAME = "omamori-extra-secret"
MOUNT = {"name": NAME, "mountPath": "/vault/custom", "readOnly": True}
VOLUME = {"name": NAME, "secret": {"secretName": "shop.extra", "defaultMode": 0o644}}
SPEC = {"containers": [{"name": "app"}, {"name": "worker"}], "initContainers": [{"name": "migrate"}]}


@pytest.mark.parametrize("only_init", ["true", "false"])
def test_our_container_alone(only_init: str) -> None:
    """Our container mounts it, and no other, whichever gets the files."""
    new, warnings = admitted(asking(EXTRA | named(agent_pre_populate_only=only_init), **SPEC))
    assert MOUNT in our_container(new)["volumeMounts"]
    assert VOLUME in new["spec"]["volumes"]
    every = [*new["spec"]["initContainers"], *new["spec"]["containers"]]
    assert [each["name"] for each in every if MOUNT in each["volumeMounts"]] == [our_container(new)["name"]]
    assert warnings == ()


def test_without() -> None:
    """Without the annotation, or with an empty one, there is no such volume."""
    for more in ({}, named(agent_extra_secret="")):
        new, _ = admitted(asking(more, **SPEC))
        assert NAME not in json.dumps(new)


def test_a_mount_elsewhere_is_taken_away() -> None:
    """Of an injected Pod, what others mounted of it in another container, or made of the volume, is undone."""
    new, _ = admitted(asking(EXTRA, **SPEC))
    changed = deepcopy(new)
    changed["spec"]["containers"][0]["volumeMounts"].append(MOUNT)
    changed["spec"]["volumes"][-1]["secret"]["secretName"] = "other"
    assert changed["spec"]["volumes"][-1]["name"] == NAME
    decision = decided(changed, theirs())
    assert isinstance(decision, Patched)
    assert jsonpatch.apply_patch(changed, json.loads(json.dumps(decision.operations))) == new


def test_the_name_is_reserved() -> None:
    """A Pod that was not injected has no volume of that name."""
    decision = decided(asking(EXTRA, **SPEC, volumes=[{"name": NAME, "emptyDir": {}}]), theirs())
    assert isinstance(decision, Denied)
    assert decision.reason == "reserved-name"


@pytest.mark.parametrize("name", ["A", "a/b", "a_b", "-a", "a..b", "a" * 254])
def test_no_name(name: str) -> None:
    """What is no name of a Secret is refused."""
    (problem,) = refusals(asking(named(agent_extra_secret=name)))
    assert problem.startswith(f"{DOMAIN}/agent-extra-secret: ")
