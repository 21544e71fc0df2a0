"""Parse and render AdmissionReview v1, the format between the API server and the webhook.

Facts (k8s.io/apiserver, plugin/webhook/request/admissionreview.go)
- The answer has the same apiVersion and kind and the request's uid, and HTTP status 200; anything else is an error of
  the webhook, which failurePolicy decides on. `allowed: false` refuses the Pod, whatever failurePolicy says.
- patch and patchType are both there or both absent; the patch is base64 of a JSON array.
- Warnings come to people as they are; above 4,096 characters in all, each is cut at 256.
"""

from __future__ import annotations

import binascii
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from webhook.admission.limits import LARGE_BYTES, MAX_JSON_COMMAS, MAX_JSON_OBJECTS, MAX_NAME_CHARACTERS
from webhook.admission.rawjson import MalformedReview, mapping_in, object_in, text_in

API_VERSION = "admission.k8s.io/v1"
KIND = "AdmissionReview"
_DENIED_CODE = 403


class ReviewTooLarge(MalformedReview):
    """The request's body would make too many objects; HTTP 413, as for one of too many bytes."""


class AdmissionRequest(NamedTuple):
    """What the API server asks. `pod` is None where the object is no Pod; names may be empty (generateName)."""

    uid: str
    namespace: str
    name: str
    operation: str
    subresource: str
    is_dry_run: bool
    pod: Mapping[str, Any] | None


def parse_review(body: bytes) -> AdmissionRequest:
    """Parse a request's body. Raises MalformedReview; never anything else."""
    _check_size(body)
    try:
        review = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # the error's message gives the place; its document, which it also carries, stays out
        raise MalformedReview(f"the body is not JSON in UTF-8: {error.msg} at byte {error.pos}") from None
    if not isinstance(review, dict) or review.get("kind") != KIND or review.get("apiVersion") != API_VERSION:
        raise MalformedReview(f"the body is not an {KIND} of {API_VERSION}")
    request = object_in(review, "request")
    if request is None:
        raise MalformedReview("the review has no request")
    uid = text_in(request, "uid")
    if not uid:
        raise MalformedReview("the request has no uid")
    if len(uid) > MAX_NAME_CHARACTERS:
        raise MalformedReview("the request's uid is not a UUID")
    kind = mapping_in(request, "kind")
    return AdmissionRequest(
        uid=uid,
        namespace=text_in(request, "namespace"),
        name=text_in(request, "name"),
        operation=text_in(request, "operation"),
        subresource=text_in(request, "subResource"),
        is_dry_run=request.get("dryRun") is True,
        pod=_pod(object_in(request, "object")) if kind.get("kind") == "Pod" else None,
    )


def _check_size(body: bytes) -> None:
    """Bound what parsing costs, by what the bytes show. Raises ReviewTooLarge.

    Brackets and commas within strings count as well, so that nothing has to be parsed to find it out.
    """
    if len(body) <= LARGE_BYTES:
        return  # what so few bytes can make is bounded by them, and counting costs as much as half of the parsing
    if body.count(b"{") + body.count(b"[") > MAX_JSON_OBJECTS or body.count(b",") > MAX_JSON_COMMAS:
        raise ReviewTooLarge(
            f"the review has more than {MAX_JSON_OBJECTS} objects and lists, or {MAX_JSON_COMMAS} members"
        )


def render_allowed(uid: str, *, patch: bytes | None = None, warnings: Sequence[str] = ()) -> bytes:
    """Render the answer that lets a Pod in, with a JSON Patch or as it is."""
    response: dict[str, Any] = {"uid": uid, "allowed": True}
    if patch is not None:
        response["patchType"] = "JSONPatch"
        response["patch"] = binascii.b2a_base64(patch, newline=False).decode("ascii")
    if warnings:
        response["warnings"] = list(warnings)
    return _render(response)


def render_denied(uid: str, message: str) -> bytes:
    """Render the answer that refuses a Pod; the message comes to the author as it is."""
    status = {"code": _DENIED_CODE, "reason": "Forbidden", "message": message}
    return _render({"uid": uid, "allowed": False, "status": status})


def _render(response: Mapping[str, Any]) -> bytes:
    return orjson.dumps({"apiVersion": API_VERSION, "kind": KIND, "response": response})


def _pod(pod: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Check as much of a Pod's shape as finding its annotations takes; the rest is checked where it is read."""
    if pod is None:
        return None
    annotations = mapping_in(mapping_in(pod, "metadata"), "annotations")
    if not set(map(type, annotations.values())) <= {str}:
        raise MalformedReview("the Pod has an annotation that is not a string")
    if object_in(pod, "spec") is None:
        raise MalformedReview("the Pod has no spec")
    return pod
