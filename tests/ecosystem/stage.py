"""Builds the programs of the live suites and runs the suites, as far as the time goes; then says what was not run.

    python -m tests.ecosystem.stage [--seconds 1500]

A program is built once a machine; what was built before costs nothing. Builds come first, one after the other in the
order of the suites' value, and take three fifths of the time at most: one that is cut off goes on there the next time.
Then the suites run on one cluster, if there is time for them. Exit code 1: a suite or a build failed; a suite whose
program is not there yet is no failure.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.realparts.parts import ECOSYSTEM_PARTS, Part

FOLDER = Path(__file__).parent
WITHOUT_PROGRAM = FOLDER / "test_lint_hosts.py"
FOR_BUILDS = 3 / 5
RUNS = {"argo-workflows": ("kubeflow-pipelines",)}  # a tool whose Pods a program makes, too
LEAST_SECONDS = 300.0  # without so much time no suite is begun


def suites(program: Part) -> list[Path]:
    """Give the files with the tests of a program."""
    names = [program.name, *RUNS.get(program.name, ())]
    return [FOLDER / f"live/test_{name.replace('-', '_')}.py" for name in names]


def build(deadline: float) -> list[Part]:
    """Build what is missing until a time of the monotonic clock; gives the programs that are there, in their order."""
    for program in ECOSYSTEM_PARTS:
        command = [sys.executable, "-m", "tests.realparts.parts", program.name]
        building = subprocess.Popen(command, start_new_session=True)
        try:
            if building.wait(max(1.0, deadline - time.monotonic())) != 0:
                print(f"{program.name} cannot be built", flush=True)
        except subprocess.TimeoutExpired:
            os.killpg(building.pid, signal.SIGKILL)  # Go's programs, too
            building.wait()
            print(f"the time for builds is over, in that of {program.name}", flush=True)
            break
    return [each for each in ECOSYSTEM_PARTS if each.folder.is_dir()]


def run(programs: list[Part], report: Path) -> int:
    """Run the suites of some programs on one cluster; gives pytest's exit code."""
    words = ["-m", "pytest", "-m", "ecosystem", "--timeout", "900", "--durations", "10", f"--junitxml={report}"]
    words += ["-o", "junit_family=xunit1"]  # the other has no place for the figures that tests show
    return subprocess.run(
        [sys.executable, *words, *chain.from_iterable(map(suites, programs)), WITHOUT_PROGRAM], check=False
    ).returncode


def table(report: Path) -> str:
    """Say of each suite how many of its tests passed, and how long they took."""
    root = ET.parse(report).getroot() if report.exists() else ET.Element("none")  # noqa: S314 - pytest wrote it
    outcomes: dict[str, list[tuple[bool, float]]] = {}
    for case in root.iter("testcase"):
        failed = any(case.find(what) is not None for what in ("failure", "error", "skipped"))
        module = case.get("classname", "").rpartition(".")[2]
        outcomes.setdefault(module, []).append((not failed, float(case.get("time", 0))))
    rows = [
        (file, program.version if file == suites(program)[0] else "")
        for program in ECOSYSTEM_PARTS
        for file in suites(program)
    ]
    lines = []
    for file, version in (*rows, (WITHOUT_PROGRAM, "")):
        name = file.stem.removeprefix("test_").replace("_", " ")
        ran = outcomes.get(file.stem, [])
        passed = sum(each for each, _ in ran)
        result = f"{passed} of {len(ran)} passed, {sum(took for _, took in ran):.0f} s" if ran else "NOT RUN"
        lines.append(f"{name:18} {version:8} {result}")
    return "\n".join(lines)


def main() -> int:
    """Build, run, tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.ecosystem.stage", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=1500.0, help="how long it may take, as far as that is known before (1500)"
    )
    arguments = parser.parse_args()
    started = time.monotonic()
    there = build(started + arguments.seconds * FOR_BUILDS)
    has_time = started + arguments.seconds - time.monotonic() > LEAST_SECONDS
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        code = run(there, report) if has_time else 0
        print(table(report), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
