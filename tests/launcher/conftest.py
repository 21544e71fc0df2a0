"""The programs as `make parts` has compiled them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.realparts.parts import part


@pytest.fixture(scope="package")
def programs() -> Path:
    """The folder of both programs, as it is in the agent's image."""
    return part("launcher") / "tree/opt/omamori/bin"


@pytest.fixture(scope="package")
def launch(programs: Path) -> Path:
    """The launcher."""
    return programs / "omamori-launch"


@pytest.fixture(scope="package")
def ready(programs: Path) -> Path:
    """The probe."""
    return programs / "omamori-ready"
