"""AdmissionReview: any body is a request or our error, and answers follow the API server's rules."""

from __future__ import annotations

import base64
import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.webhook.builders import asking, decided, pod, review, settings
from tests.support.webhook.strategies import json_values, pods
from webhook.admission.decision import Denied, Unchanged, decide
from webhook.admission.rawjson import MalformedReview
from webhook.admission.reasons import Reason
from webhook.admission.review import AdmissionRequest, parse_review, render_allowed, render_denied


@given(st.binary(max_size=200) | json_values().map(orjson.dumps))
def test_any_body(body: bytes) -> None:
    """Any bytes give a request or MalformedReview."""
    try:
        assert isinstance(parse_review(body), AdmissionRequest)
    except MalformedReview as error:
        assert str(error)


@st.composite
def broken_reviews(draw: st.DrawFn) -> bytes:
    """A review of a generated Pod in which one value somewhere is replaced by any JSON."""
    document = orjson.loads(review(draw(pods())))
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for name, each in value.items() if isinstance(value, dict) else enumerate(value):
            places.append((value, name))
            if isinstance(each, dict | list):
                walk(each)

    walk(document)
    parent, name = draw(st.sampled_from(places))
    parent[name] = draw(json_values())
    return orjson.dumps(document)


@given(broken_reviews())
def test_any_value_anywhere(body: bytes) -> None:
    """With any value in any place of a review, the answer is a decision or MalformedReview; nothing else escapes."""
    try:
        decision = decide(parse_review(body), settings())
    except MalformedReview:
        return
    assert decision.reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1","request":{"uid":"u"}}',
        b'{"kind":"Pod","apiVersion":"v1"}',
        b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}',
        b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":""}}',
        b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":7}}',
        review({"metadata": {"annotations": {"file.omamori.dev/a": 7}}, "spec": {}}),
        review({"metadata": []}),
        review({"metadata": {}}),
        review({"metadata": {}, "spec": []}),
    ],
)
def test_malformed(body: bytes) -> None:
    """What is no review of a Pod is told apart from what is wrong with a Pod."""
    with pytest.raises(MalformedReview):
        parse_review(body)


@pytest.mark.parametrize(
    "request_fields",
    [
        {"operation": "UPDATE"},
        {"operation": "DELETE", "object": None},
        {"subResource": "ephemeralcontainers", "operation": "UPDATE"},
        {"subResource": "binding"},
        {"kind": {"group": "apps", "version": "v1", "kind": "Deployment"}},
    ],
)
def test_only_new_pods(request_fields: dict[str, Any]) -> None:
    """Whatever is no creation of a Pod is left alone, even where it carries annotations."""
    body = review(asking(), **request_fields)
    assert decide(parse_review(body), settings()) == Unchanged(Reason.NOT_A_NEW_POD)


def test_mirror_pods_are_left_alone() -> None:
    """A static Pod's mirror is never changed: the kubelet would not see it, the API server refuses token volumes."""
    raw = asking()
    raw["metadata"]["annotations"]["kubernetes.io/config.mirror"] = "x"
    assert decided(raw) == Unchanged(Reason.MIRROR_POD)


def test_pods_without_annotations() -> None:
    """Pods that ask for nothing are left alone, with and without a map of annotations."""
    assert decided(pod()) == Unchanged(Reason.NOT_ANNOTATED)
    assert decided(pod({})) == Unchanged(Reason.NOT_ANNOTATED)
    assert decided(pod({"other/x": "y"})) == Unchanged(Reason.NOT_ANNOTATED)


def test_dry_run_is_the_same() -> None:
    """A dry run gets the same answer: the decision has no effects."""
    assert decided(asking(), dryRun=True) == decided(asking())


def test_answers() -> None:
    """A patch and its type come together or not at all, and the uid is the request's."""
    plain = json.loads(render_allowed("u"))
    assert plain == {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {"uid": "u", "allowed": True},
    }
    patched = json.loads(render_allowed("u", patch=b"[]", warnings=("w",)))["response"]
    assert (patched["patchType"], base64.b64decode(patched["patch"]), patched["warnings"]) == (
        "JSONPatch",
        b"[]",
        ["w"],
    )
    denied = json.loads(render_denied("u", "no"))["response"]
    assert (denied["allowed"], denied["status"]["message"], denied["status"]["code"]) == (False, "no", 403)


def test_message_lists_every_problem() -> None:
    """The author reads all problems in one message, each with its annotation."""
    decision = decided(pod({"file.omamori.dev/a": "//", "file.omamori.dev/b": "kv/b mode=9"}))
    assert isinstance(decision, Denied)
    assert decision.message.startswith("omamori: 2 problems: (1) file.omamori.dev/a: ")
    assert "; (2) file.omamori.dev/b: " in decision.message
