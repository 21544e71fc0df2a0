"""Fixtures for all fast tests: a certificate authority and a real Vault-compatible server, once a run.

Properties are tried on the same examples in each run; HYPOTHESIS_PROFILE=explore looks for new ones.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    import trustme

    from tests.vault.support.server import VaultServer

settings.register_profile("same", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", deadline=None, database=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """The certificate authority that servers of the tests have their certificates from."""
    import trustme  # noqa: PLC0415 - half of the tests need none of this

    return trustme.CA()


@pytest.fixture(scope="session")
def vault_server(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[VaultServer]:
    """A real server; tests/vault/support/server.py says what is in it. Tests add to it, and change nothing in it."""
    from tests.vault.support.server import running_vault  # noqa: PLC0415 - as above

    with running_vault(tmp_path_factory.mktemp("vault"), authority) as server:
        yield server
