"""Called again, or given a Pod that was injected before, the webhook leaves it right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.dryrun.place import ASKING, CROWD, LIMITED, copied, our_mounts, pod

if TYPE_CHECKING:
    from tests.e2e.dryrun.place import Place

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


def test_one_call(api: Place) -> None:
    """Where nobody changes the Pod after us, we are called once, although the API token is mounted."""
    answer = api.create(pod("once", ASKING))
    assert any(each["name"].startswith("kube-api-access") for each in answer.body["spec"]["volumes"])
    assert api.reasons("once") == ["injected"]


def test_container_added_later(api: Place) -> None:
    """A container that another webhook adds after us makes the API server call again: it gets none of the files."""
    answer = api.create(pod("meshed", ASKING), CROWD)
    assert answer.status == 201
    assert api.reasons("meshed") == ["injected", "already-injected"]
    app, added = answer.body["spec"]["containers"]
    assert our_mounts(app) == ["/vault/secrets"]
    assert added["name"] == "added"
    assert our_mounts(added) == []
    assert [each["name"] for each in answer.body["spec"]["initContainers"]] == ["omamori-init"]


def test_later_container_of_a_copy(api: Place) -> None:
    """The copy of such a Pod is left as it is, too, and the other webhook has nothing to add."""
    made = api.create(pod("meshed-too", ASKING), CROWD)
    again = api.create(copied(made.body, "meshed-copy"), CROWD)
    assert again.status == 201
    assert again.body["spec"] == made.body["spec"]
    assert api.reasons("meshed-copy") == ["already-injected"]


def test_copied_pod(api: Place) -> None:
    """A Pod that comes from `kubectl get -o yaml`, under another name, is made as it was, by kubectl."""
    assert api.create(pod("original", ASKING), dry_run=False).status == 201
    text = api.server.kubectl("get", "pod", "original", "-n", "shop", "-o", "json")
    document = copied(json.loads(text), "copy")
    api.server.kubectl("create", "-f", "-", "-n", "shop", stdin=json.dumps(document))
    assert api.reasons("copy") == ["already-injected"]
    specs = [api.server.get("pod", name, "-n", "shop")["spec"] for name in ("original", "copy")]
    assert specs[0] == specs[1]


def test_copy_with_other_annotations(api: Place) -> None:
    """A copied Pod whose annotations were changed gets what it asks for now, and none of what it asked for before."""
    made = api.create(pod("asked", {**ASKING, "file.omamori.dev/x": "kv/x#k dir=/srv"}))
    document = copied(made.body, "copied")
    document["metadata"]["annotations"] = {"file.omamori.dev/new": "secret/data/shop/new#password"}
    again = api.create(document)
    assert api.reasons("copied") == ["injected"]
    fresh = api.create(pod("fresh", {"file.omamori.dev/new": "secret/data/shop/new#password"}))
    assert our_mounts(again.body["spec"]["containers"][0]) == ["/vault/secrets"]
    plans = [each.body["spec"]["initContainers"][0]["env"] for each in (again, fresh)]
    assert plans[0] == plans[1]


def test_limit_range(api: Place) -> None:
    """What a LimitRange gives each container ours has, too, and the Pod is not patched again for it, copied or not."""
    made = api.create(pod("limited", ASKING), LIMITED)
    assert made.status == 201
    (ours,) = made.body["spec"]["initContainers"]
    assert ours["resources"]["limits"] == {"cpu": "500m", "memory": "64Mi", "ephemeral-storage": "1Gi"}
    # ours has what the LimitRange would give it, so nothing is added after us, and nobody is called again
    assert api.reasons("limited") == ["injected"]
    again = api.create(copied(made.body, "limited-copy"), LIMITED)
    assert api.reasons("limited-copy") == ["already-injected"]
    assert again.body["spec"] == made.body["spec"]
