"""A Vault token for the application on a real node: it works while the Pod runs, is replaced, and ends with the Pod."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.engines import NAMESPACE
from tests.support.cluster.manifests import container, pod
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(600), pytest.mark.usefixtures("engines")]

NAME = "with-token"
STAYING = ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"]
ROLE = {"policy": "engines", "token_type": "service", "token_ttl": "15s", "token_max_ttl": "30s"}
ASKED = {"token.omamori.dev/vault-token": "mode=0444", "omamori.dev/mode": "sidecar"}


def lives(installation: Installation, token: str) -> bool:
    """Whether Vault accepts a token."""
    found = installation.vault.admin.call("POST", "auth/token/lookup", {"token": token}, allowed=(403, 404))
    return bool(found and found.get("data"))


def test_the_token_is_replaced_and_ends_with_the_pod(installation: Installation) -> None:
    """Past the longest life of one token the file has another that works; a deletion revokes it."""
    account = installation.account(NAMESPACE, NAME, **ROLE)
    installation.nodes.apply(account, pod(NAMESPACE, NAME, ASKED, {"containers": [container(command=STAYING)]}))
    installation.wait_for_phase(NAMESPACE, NAME, "Running")

    def token() -> str:
        place = "/vault/secrets/vault-token"
        return installation.nodes.kubectl("exec", NAME, "-n", NAMESPACE, "-c", "app", "--", "cat", place)

    first = token()
    assert lives(installation, first)
    wait_until(lambda: token() != first, 90, "there is another token")
    last = token()
    assert lives(installation, last)
    installation.nodes.kubectl("delete", "pod", NAME, "-n", NAMESPACE, "--timeout=60s", seconds=90)
    wait_until(lambda: not lives(installation, last), 30, "the token is revoked")
