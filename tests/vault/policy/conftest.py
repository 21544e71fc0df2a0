"""Fixtures of the tests of plans and applies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.vault.access import Ground
from tests.support.vault.server import VaultServer


@pytest.fixture(params=["jwt", "kubernetes"])
def ground(vault_server: VaultServer, request: pytest.FixtureRequest) -> Iterator[Ground]:
    """Mounts of its own, which are not there yet."""
    made = Ground(vault_server, kind=request.param)
    yield made
    made.clear()
