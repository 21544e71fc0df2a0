"""One API server with a webhook for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.dryrun.place import Place, place


@pytest.fixture(scope="package")
def api() -> Iterator[Place]:
    """The API server, the webhook, and a client."""
    with place() as made:
        yield made
