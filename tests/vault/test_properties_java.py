"""The format properties by its real reader, java.util.Properties; all cases in one process."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.vault.cases import FOLDER
from tests.support.vault.properties import property_cases
from vault.agent.render.shell import render_properties


@pytest.mark.real
def test_java_reads_every_case(tmp_path: Path) -> None:
    """Each name and value comes back from Properties.load as it was."""
    cases = property_cases()
    file = tmp_path / "cases.properties"
    file.write_text(render_properties(cases))

    done = subprocess.run(["java", FOLDER / "ReadProperties.java", file], capture_output=True, text=True, check=True)

    read = {}
    for line in done.stdout.splitlines():
        name, value = (bytes.fromhex(each).decode("utf-16-be") for each in line.split(" "))
        read[name] = value
    assert read == cases
