"""The endpoint without its server, and the API server's rules for an answer."""

from __future__ import annotations

import base64
import io
import json

import jsonpatch
import orjson

from tests.support.webhook.builders import settings, without_ours
from webhook.log import Log
from webhook.server.drain import Drain
from webhook.server.endpoint import Mutate
from webhook.server.metrics import Metrics


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
