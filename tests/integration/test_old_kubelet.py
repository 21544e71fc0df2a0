"""A kubelet that does not read env files: nobody's application starts without its variables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.cluster.images import build_images
from tests.support.cluster.installation import installed
from tests.support.cluster.manifests import container, pod

if TYPE_CHECKING:
    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

NAMESPACE = "old"
PASSWORD = {"env.omamori.dev/DB_PASSWORD": "secret/data/shop/db#password"}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A cluster whose API server knows env files, and whose node does not, as in the middle of an upgrade."""
    images = build_images(tmp_path_factory.mktemp("images"))
    with installed(images, kubelet_gates={"EnvFiles": False}) as made:
        made.namespace(NAMESPACE)
        yield made


def test_the_trial_fails_loudly(installation: Installation) -> None:
    """The trial container ends with 17 and what to do; the application is not started."""
    installation.nodes.apply(installation.account(NAMESPACE, "tried"), pod(NAMESPACE, "tried", PASSWORD, {}))
    failed = installation.wait_for_phase(NAMESPACE, "tried", "Failed")

    ours, tried = failed["status"]["initContainerStatuses"]
    assert ours["state"]["terminated"]["exitCode"] == 0
    ended = tried["state"]["terminated"]
    assert (tried["name"], ended["exitCode"]) == ("omamori-verify", 17)
    assert json.loads(ended["message"])["reason"] == "env-files-ignored"
    [app] = failed["status"]["containerStatuses"]
    assert "terminated" not in app["state"]


def test_the_launcher_needs_no_kubelet(installation: Installation) -> None:
    """By the launcher the same Pod gets its variable."""
    spec = {"containers": [container(command=["/bin/sh", "-c", 'test -n "$DB_PASSWORD"'])]}
    asked = {**PASSWORD, "omamori.dev/env-delivery": "exec"}
    installation.nodes.apply(installation.account(NAMESPACE, "launched"), pod(NAMESPACE, "launched", asked, spec))
    installation.wait_for_phase(NAMESPACE, "launched", "Succeeded")
