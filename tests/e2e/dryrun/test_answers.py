"""Every shape of the webhook's answer, as a real API server takes it and its client sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.dryrun.place import ASKING, DOWN, INJECT_NOT, copied, our_mounts, pod

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.e2e.dryrun.place import Place

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


def said_to_people(api: Place, given: Mapping[str, Any]) -> str:
    """Give all that `kubectl create` prints, errors and warnings too."""
    options = ("-n", "shop", "--dry-run=server")
    return api.server.kubectl("create", "-f", "-", *options, stdin=json.dumps(given), check=False)


def test_unchanged(api: Place) -> None:
    """A Pod that switches us off goes through our webhook and is the same afterwards."""
    plain = copied(api.create(pod("plain", automountServiceAccountToken=False)).body, "x")
    off = copied(api.create(pod("off", INJECT_NOT, automountServiceAccountToken=False)).body, "x")
    assert off["metadata"].pop("annotations") == INJECT_NOT
    assert off == plain
    assert [line["outcome"] for line in api.webhook.decisions(name="off")] == ["unchanged"]


def test_patched(api: Place) -> None:
    """A Pod that asks gets our container and a mount, and nothing of what it had is different."""
    plain = copied(api.create(pod("plain", automountServiceAccountToken=False)).body, "x")
    answer = api.create(pod("asking", ASKING, automountServiceAccountToken=False))
    assert answer.status == 201
    (ours,) = answer.body["spec"]["initContainers"]
    assert ours["name"] == "omamori-init"
    made = copied(answer.body, "x")
    assert our_mounts(made["spec"]["containers"][0]) == ["/vault/secrets"]
    made["metadata"].pop("annotations")
    for added in ("initContainers", "volumes"):
        made["spec"].pop(added)
    made["spec"]["containers"][0].pop("volumeMounts")
    assert made == plain


def test_denied(api: Place) -> None:
    """The author of a Pod with one problem reads it, by the name of the annotation, in what kubectl prints."""
    wrong = pod("wrong", {"file.omamori.dev/db": "secret/data/shop/db#password mode=999"})
    assert api.create(wrong).status == 403
    said = said_to_people(api, wrong)
    assert 'admission webhook "omamori.omamori.dev" denied the request' in said
    assert "omamori: file.omamori.dev/db: option mode= is '999'; write three octal digits" in said


def test_denied_for_many_reasons(api: Place) -> None:
    """The author of a Pod with several problems reads all of them at once."""
    annotations = {
        "file.omamori.dev/a": "secret/data/a#k mode=999",
        "file.omamori.dev/b": "",
        "omamori.dev/rolle": "shop.checkout",
        "omamori.dev/vault": "https://evil.example.com",
    }
    said = said_to_people(api, pod("wrong", annotations))
    assert "omamori: 4 problems: (1) " in said
    for annotation in annotations:
        assert f") {annotation}: " in said


def test_warned(api: Place) -> None:
    """What is allowed but doubtful comes to the author as a warning, and the Pod is made."""
    answer = api.create(pod("doubtful", ASKING))
    assert answer.status == 201
    assert len(answer.warnings) == 1
    assert "ServiceAccount 'default'" in answer.warnings[0]
    assert "Warning: the Pod uses the ServiceAccount 'default'" in said_to_people(api, pod("doubtful", ASKING))


def test_too_large(api: Place) -> None:
    """A review above the limit is HTTP 413: an error of the call, so failurePolicy refuses the Pod and names it."""
    # the API server writes each < as six characters
    large = [{"name": "app", "image": "a", "env": [{"name": "A", "value": "<" * 700_000}]}]
    answer = api.create(pod("large", ASKING, containers=large))
    assert answer.status == 500
    assert "failed calling webhook" in answer.message
    assert api.create(pod("large", containers=large)).status == 201


def test_webhook_down(api: Place) -> None:
    """While no webhook runs, annotated Pods are refused, and others are made."""
    answer = api.create(pod("asking", ASKING), DOWN)
    assert answer.status == 500
    assert 'failed calling webhook "omamori-down.omamori.dev"' in answer.message
    assert api.create(pod("plain"), DOWN).status == 201


def test_dry_run_is_no_other_answer(api: Place) -> None:
    """A dry run and a creation give the same Pod, and the log tells which was which."""
    given = pod("same", ASKING, automountServiceAccountToken=False)
    tried = api.create(given)
    made = api.create(given, dry_run=False)
    assert (tried.status, made.status) == (201, 201)
    assert copied(tried.body, "same") == copied(made.body, "same")
    assert [line["dry_run"] for line in api.webhook.decisions(name="same")] == [True, False]


@pytest.mark.parametrize("annotation", ["FILE.omamori.dev/db", "file.Omamori.dev/db", "Omamori.Dev/role"])
def test_upper_case(api: Place, annotation: str) -> None:
    """A prefix that Kubernetes takes for ours, but which is not written as ours, is refused and not ignored."""
    answer = api.create(pod("upper", {annotation: "secret/data/shop/db#password"}))
    assert answer.status == 403
    assert f"{annotation}: has upper case in its prefix" in answer.message


def test_never_called(api: Place) -> None:
    """Pods without annotations of ours never come to the webhook, whatever other annotations they have."""
    before = api.webhook.metric("omamori_decisions_total{")
    assert api.create(pod("plain")).status == 201
    assert api.create(pod("empty", {})).status == 201
    assert api.create(pod("others", {"omamori.dev.example.com/x": "y", "notomamori.dev/x": "y"})).status == 201
    assert api.webhook.metric("omamori_decisions_total{") == before
    assert api.create(pod("asking", ASKING)).status == 201
    assert api.webhook.metric("omamori_decisions_total{") == before + 1
