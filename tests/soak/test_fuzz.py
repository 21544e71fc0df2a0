"""Coverage-guided search over every parser: nothing is found that a parser takes in any way but its own.

The whole search takes an hour and a half at full scale. An input that breaks a target is in the failure's text,
as base64; it becomes a case of the parser's table.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS
from tests.support.scale import keep, scaled

pytestmark = [pytest.mark.real, pytest.mark.timeout(0)]

SECONDS = scaled(3, 300)


@pytest.mark.parametrize("name", TARGETS)
def test_search(name: str, tmp_path: Path) -> None:
    """Whatever bytes come, each target keeps its promise, within 2 s for each input."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    # no limit of memory: libFuzzer takes the peak that a process inherits from whoever started it for its own
    options = (f"-max_total_time={SECONDS}", "-print_final_stats=1", "-timeout=2", "-rss_limit_mb=0")
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", name, str(corpus), *options, f"-artifact_prefix={tmp_path}/"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    covered = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", done.stderr)[-1]
    [inputs] = re.findall(r"stat::number_of_executed_units: (\d+)", done.stderr)
    figures = dict(zip(("edges", "features", "corpus"), map(int, covered), strict=True))
    keep(f"fuzz {name}", {"inputs": int(inputs), "seconds": SECONDS, **figures})
    assert int(inputs) > 100
    assert figures["corpus"] > 1
