"""Fixtures of the chart's tests: an API server without a node serves them all, and ends with the last of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.realparts.apiserver import ApiServer, api_server
from tests.realparts.sandbox import Sandbox, sandbox

NAMESPACES = ("default", "shop", "kube-system", "excluded", "omamori")


@pytest.fixture(scope="package")
def box() -> Iterator[Sandbox]:
    """A run."""
    with sandbox() as made:
        yield made


@pytest.fixture(scope="package")
def server(box: Sandbox) -> Iterator[ApiServer]:
    """The API server."""
    with api_server(box, default_accounts=NAMESPACES) as made:
        yield made
