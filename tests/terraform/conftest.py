"""Fixtures of Terraform's tests: one run serves them all, with moto in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.realparts.aws import Aws, aws
from tests.realparts.sandbox import Sandbox
from tests.realparts.terraform import terraform_box


@pytest.fixture(scope="package")
def box() -> Iterator[Sandbox]:
    """The run."""
    with terraform_box() as made:
        yield made


@pytest.fixture(scope="package")
def cloud(box: Sandbox) -> Iterator[Aws]:
    """An account of AWS, empty at first; each test uses names of its own in it."""
    with aws(box) as made:
        yield made
