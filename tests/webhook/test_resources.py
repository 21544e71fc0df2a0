"""Requests and limits of our container, and quantities."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.webhook.builders import asking, ours, pod
from webhook.config.quantity import QuantityInvalid, parse_quantity, render_mebibytes


def quantities(raw: dict[str, Any], **variables: str) -> dict[str, Any]:
    """Give our container's resources."""
    resources: dict[str, Any] = ours(raw, **variables)["resources"]
    return resources


def test_resources() -> None:
    """Small requests, a memory limit that holds the files, and the class Guaranteed kept."""
    assert quantities(asking()) == {
        "limits": {"cpu": "500m", "memory": "64Mi"},
        "requests": {"cpu": "20m", "memory": "32Mi"},
    }
    many = pod({f"file.omamori.dev/f{number}": f"kv/{number}#k" for number in range(60)})
    assert quantities(many)["limits"]["memory"] == "64Mi"
    assert quantities(many, AGENT_MEMORY_LIMIT="32Mi")["limits"]["memory"] == "56Mi"
    limits = {"cpu": "1", "memory": "128Mi"}
    guaranteed = quantities(asking(containers=[{"name": "app", "resources": {"limits": limits}}]))
    assert guaranteed["limits"] == guaranteed["requests"]


def test_resources_of_the_author() -> None:
    """The author's quantities count, and a limit follows a request above it."""
    raw = asking()
    raw["metadata"]["annotations"]["omamori.dev/resources"] = "cpu=2 memory=100Mi"
    assert quantities(raw) == {
        "limits": {"cpu": "2", "memory": "100Mi"},
        "requests": {"cpu": "2", "memory": "100Mi"},
    }


def test_pod_level_resources() -> None:
    """Of what the Pod limits itself ours says nothing, so that the Pod's own requests and class stay as they are."""
    both = {"cpu": "100m", "memory": "40Mi"}
    assert quantities(asking(resources={"limits": both})) == {}
    assert quantities(asking(resources={"limits": both, "requests": {"cpu": "10m", "memory": "16Mi"}})) == {}
    assert quantities(asking(resources={"limits": {"memory": "40Mi"}})) == {
        "limits": {"cpu": "500m"},
        "requests": {"cpu": "20m"},
    }
    assert quantities(asking(resources={"requests": {"cpu": "10m"}})) == {
        "limits": {"cpu": "500m", "memory": "64Mi"},
        "requests": {"cpu": "0", "memory": "32Mi"},
    }


def test_pod_level_resources_and_the_authors() -> None:
    """What the author states for ours is taken, within the Pod's own."""
    raw = asking(resources={"limits": {"cpu": "100m", "memory": "40Mi"}, "requests": {"cpu": "10m", "memory": "16Mi"}})
    raw["metadata"]["annotations"]["omamori.dev/resources"] = "cpu=50m memory-limit=64Mi"
    assert quantities(raw) == {"limits": {"memory": "40Mi"}, "requests": {"cpu": "10m", "memory": "0"}}


@given(st.text(max_size=8) | st.from_regex(r"-?[0-9]{0,3}\.?[0-9]{0,3}([numkMGTPE]i?|e-?[0-9]{1,2})?", fullmatch=True))
def test_any_quantity(text: str) -> None:
    """Any text is a quantity or our error."""
    try:
        assert isinstance(parse_quantity(text), Decimal)
    except QuantityInvalid as error:
        assert repr(text) in str(error)


def test_quantities() -> None:
    """The forms that Kubernetes writes."""
    texts = ["100m", "0.5", "1", "64Mi", "1e3", "2E", "1Ki", ".5", "5."]
    assert [parse_quantity(text) for text in texts] == [
        *[Decimal("0.1"), Decimal("0.5"), Decimal(1), Decimal(64 * 2**20), Decimal(1000)],
        *[Decimal(2 * 10**18), Decimal(1024), Decimal("0.5"), Decimal(5)],
    ]
    assert render_mebibytes(1) == "1Mi"
    assert json.dumps(render_mebibytes(3 * 2**20 + 1)) == '"4Mi"'
