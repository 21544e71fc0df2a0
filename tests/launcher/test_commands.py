"""What becomes of a command: tests/cases/launcher.json, line by line, and what is too large for the table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.launcher.cases import CASES, laid_out, name_of
from tests.launcher.running import Ended, ended
from tests.realparts.parts import part
from tests.support.canary import occurrences

pytestmark = pytest.mark.real

TOO_LARGE = (
    "the environment and the arguments are too large for the kernel: "
    "128 KiB each, a quarter of the stack limit in all\n"
)


@pytest.mark.parametrize("build", ["tree/opt/omamori/bin", "sanitized"])
@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_case(case: dict[str, Any], build: str, tmp_path: Path) -> None:
    """Each command ends as the table says, with at most one line of ours, in which nothing of the env file is.

    So it is also where the compiler checks each access to memory, which would add lines.
    """
    launch = part("launcher") / build / "omamori-launch"
    layout = laid_out(tmp_path)

    found = ended([launch, *layout.arguments(case)], layout.environment(case), tmp_path)

    said = layout.filled(case["said"])
    assert found.said.decode() == (f"{said}\n" if said else "")
    assert (found.code, found.printed.decode()) == (case["code"], layout.filled(case["printed"]))
    assert occurrences(layout.canary, found.said + found.printed) == ()


def test_the_table_is_whole() -> None:
    """The table has cases of each exit code, and each has a name of its own."""
    assert {0, 125, 126, 127} <= {case["code"] for case in CASES}
    assert len({case["what"] for case in CASES}) == len(CASES) > 50


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"A=" + b"x" * (128 * 1024 - 2) + b"\0", TOO_LARGE),
        (b"".join(b"A%d=" % number + b"x" * 100_000 + b"\0" for number in range(50)), TOO_LARGE),
        (b"A=" + b"x" * (6 * 2**20 - 3) + b"\0", TOO_LARGE),
        (b"A=" + b"x" * (6 * 2**20 - 2) + b"\0", f"<file>: {TOO_LARGE}"),
        (b"A=" + b"x" * (6 * 2**20 - 2) + b"yz", f"<file>: {TOO_LARGE}"),
    ],
    ids=["one", "all", "the largest file", "a larger file", "a larger file, cut off"],
)
def test_too_large(file: bytes, said: str, tmp_path: Path, launch: Path) -> None:
    """What the kernel does not pass is said so; a file that it could never pass is not even looked through."""
    env_file = tmp_path / "env"
    env_file.write_bytes(file)

    found = ended([launch, env_file, "--", "/bin/true"])

    assert found == Ended(125, b"", f"omamori-launch: {said.replace('<file>', str(env_file))}".encode())


def test_as_large_as_it_may_be(tmp_path: Path, launch: Path) -> None:
    """A value of one byte less than what is too large is passed."""
    env_file = tmp_path / "env"
    env_file.write_bytes(b"A=" + b"x" * (128 * 1024 - 3) + b"\0")

    found = ended([launch, env_file, "--", "/bin/sh", "-c", 'echo "${#A}"'])

    assert found == Ended(0, b"131069\n", b"")
