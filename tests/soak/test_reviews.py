"""Whatever comes as a review, the answer is one that the API server takes."""

from __future__ import annotations

import io
import json
import random
from collections import Counter
from typing import Any

import jsonpatch
import pytest

from tests.support.scale import keep, scaled, seed
from tests.support.webhook.answers import endpoint, valid
from tests.support.webhook.builders import decided, without_ours
from tests.support.webhook.mutation import CORPUS, mutated
from webhook.admission.decision import Patched, Unchanged

pytestmark = [pytest.mark.timeout(0)]

REVIEWS = scaled(4_000, 200_000)


def test_mutated_reviews() -> None:
    """Reviews of real shapes, mutated in any place, get valid answers: a decision, or 400; never 500."""
    rng = random.Random(seed())
    log = io.BytesIO()
    mutate = endpoint(log)
    kinds: Counter[str] = Counter()
    for _ in range(REVIEWS):
        body = mutated(rng)
        kinds[valid(body, *mutate.answer(body))] += 1
        if log.tell() > 10_000_000:
            log.seek(0)
            log.truncate()
    keep("reviews", {"count": REVIEWS, **kinds})
    assert set(kinds) == {"patched", "denied", "unchanged", "malformed"}


@pytest.mark.parametrize("case", [pytest.param(each, id=each["shape"]) for each in CORPUS])
def test_shapes(case: dict[str, Any]) -> None:
    """Each real shape as it is gets its secrets, or the reason why not, and a second call changes nothing."""
    decision = decided(case["pod"])
    if case["shape"] in {"Windows", "mirror"}:
        assert not isinstance(decision, Patched)
        return
    assert isinstance(decision, Patched), decision
    patched = jsonpatch.apply_patch(case["pod"], json.loads(json.dumps(decision.operations)))
    assert without_ours(patched) == without_ours(case["pod"])
    assert isinstance(decided(patched), Unchanged)
    tools = {"wait", "supervisor", "istio-proxy", "linkerd-proxy"}
    for before, after in zip(case["pod"]["spec"]["containers"], patched["spec"]["containers"], strict=True):
        assert ("omamori-files" in json.dumps(after)) == (before["name"] not in tools)
        assert {name: after.get(name) for name in ("command", "args", "env", "image")} == {
            name: before.get(name) for name in ("command", "args", "env", "image")
        }
