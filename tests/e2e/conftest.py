"""Fixtures of the end-to-end tests: one cluster serves them all and ends with the last of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.engines import NAMESPACE, Engines, prepare_engines
from tests.e2e.faults import Fault, observed_faults
from tests.e2e.starting import NAMESPACE as STARTING_NAMESPACE
from tests.e2e.workloads import apply_workloads
from tests.realparts.postgresql import PostgreSQL, postgresql
from tests.support.cluster.images import Images, build_images
from tests.support.cluster.installation import Installation, installed
from tests.support.cluster.java import JAVA, build_java


@pytest.fixture(scope="package")
def images(tmp_path_factory: pytest.TempPathFactory) -> Images:
    """The images, built if they are not in the machine's cache."""
    return build_images(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="package")
def installation(images: Images) -> Iterator[Installation]:
    """Everything installed."""
    with installed(images) as made:
        yield made


@pytest.fixture(scope="package")
def java(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of an image with Java and the programs of tests/e2e/java; the node has it."""
    installation.nodes.import_image(build_java(tmp_path_factory.mktemp("java") / "context"))
    return JAVA


@pytest.fixture(scope="package")
def starting(installation: Installation) -> Installation:
    """The installation, with the namespace of starting.py."""
    installation.namespace(STARTING_NAMESPACE)
    return installation


@pytest.fixture(scope="package")
def workloads(installation: Installation) -> Installation:
    """The installation with all Pods of workloads.py applied; each test waits for its own."""
    apply_workloads(installation)
    return installation


@pytest.fixture(scope="package")
def database(installation: Installation) -> Iterator[PostgreSQL]:
    """A database for Pods."""
    with postgresql(installation.box) as made:
        yield made


@pytest.fixture(scope="package")
def engines(installation: Installation, database: PostgreSQL) -> Engines:
    """The engines, with a namespace."""
    installation.namespace(NAMESPACE)
    return prepare_engines(installation, database)


@pytest.fixture(scope="package")
def faults(installation: Installation) -> dict[str, Fault]:
    """What was seen of each Pod of faults.py, by its name; the Pods are gone."""
    return observed_faults(installation)


@pytest.fixture(scope="session")
def record(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], None]:
    """Leave a text for people under a file name: in OMAMORI_RECORD, else with pytest's other files of this run."""
    named = os.environ.get("OMAMORI_RECORD")
    folder = Path(named) if named else tmp_path_factory.mktemp("record")
    folder.mkdir(parents=True, exist_ok=True)

    def leave(name: str, text: str) -> None:
        (folder / name).write_text(text)

    return leave
