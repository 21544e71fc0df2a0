"""The programs as `make parts` has compiled them, or those of the folder that OMAMORI_LAUNCHER names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.realparts.parts import part


@pytest.fixture(scope="package")
def programs() -> Path:
    """The folder of the programs, as it is in the agent's image."""
    named = os.environ.get("OMAMORI_LAUNCHER")
    return Path(named) if named else part("launcher") / "tree/opt/omamori/bin"


@pytest.fixture(scope="package")
def launch(programs: Path) -> Path:
    """The launcher."""
    return programs / "omamori-launch"


@pytest.fixture(scope="package")
def ready(programs: Path) -> Path:
    """The hook and probe."""
    return programs / "omamori-ready"


@pytest.fixture(scope="package")
def stay(programs: Path) -> Path:
    """What waits for its end."""
    return programs / "omamori-stay"
