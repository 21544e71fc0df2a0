"""Fixtures of the tests of an installation: a cluster for each route to the webhook's Service, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.install.installed import ROUTES, Installed, installed
from tests.support.cluster.images import Images, build_images
from tests.support.scale import FULL


@pytest.fixture(scope="package")
def images(tmp_path_factory: pytest.TempPathFactory) -> Images:
    """The images, built if they are not in the machine's cache."""
    return build_images(tmp_path_factory.mktemp("images"))


# the route of a real cluster; by endpoints, as the other tests go, at full scale
@pytest.fixture(scope="package", params=ROUTES if FULL else ROUTES[-1:])
def route(request: pytest.FixtureRequest) -> str:
    """How the API server reaches a Service."""
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="package")
def inside(route: str, images: Images) -> Iterator[Installed]:
    """Everything installed."""
    with installed(images, route) as made:
        yield made
