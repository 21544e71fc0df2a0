"""Whatever comes as a review, the answer is one that the API server takes."""

from __future__ import annotations

import base64
import io
import json
import random
from collections import Counter
from typing import Any

import jsonpatch
import orjson
import pytest

from tests.soak.mutation import CORPUS, mutated
from tests.soak.scale import keep, scaled, seed
from tests.webhook.builders import decided, settings
from tests.webhook.test_injection import without_ours
from webhook.admission.decision import Patched, Unchanged
from webhook.log import Log
from webhook.server.drain import Drain
from webhook.server.endpoint import Mutate
from webhook.server.metrics import Metrics

pytestmark = [pytest.mark.timeout(0)]

REVIEWS = scaled(4_000, 200_000)


class NoCertificate:
    """Stands where only the metric of the certificate's end would look."""


def endpoint(log: io.BytesIO) -> Mutate:
    """Give the endpoint as the server has it, without the server."""
    metrics = Metrics(NoCertificate())  # type: ignore[arg-type]
    return Mutate(settings(), metrics, Log(log), Drain(), client_required=False)


def valid(body: bytes, status: int, answer: bytes) -> str:
    """Check an answer by the API server's rules (plugin/webhook/request/admissionreview.go) and give its kind."""
    if status != 200:
        assert status == 400, answer
        return "malformed"
    parsed = json.loads(answer)
    assert (parsed["apiVersion"], parsed["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")
    response = parsed["response"]
    request = orjson.loads(body)["request"]
    assert response["uid"] == request["uid"]
    assert ("patch" in response) == ("patchType" in response)
    if not response["allowed"]:
        assert "patch" not in response
        assert response["status"]["message"].startswith("omamori: ")
        return "denied"
    if "patch" not in response:
        return "unchanged"
    assert response["patchType"] == "JSONPatch"
    operations = json.loads(base64.b64decode(response["patch"], validate=True))
    assert operations
    new = jsonpatch.apply_patch(request["object"], operations)
    assert without_ours(new) == without_ours(request["object"])
    return "patched"


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
