"""valgrind sees no wrong access and no lost memory in the launcher, however it ends.

Of the same sources, but on a dynamic libc. valgrind gives a process up whose execve fails, so those cases are not here.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.launcher.cases import CASES, laid_out, name_of
from tests.launcher.running import ended
from tests.realparts.parts import part

pytestmark = pytest.mark.real

WRONG = "#include <stdlib.h>\nint main(void) { volatile char *text = malloc(2); return text[1] ? 1 : 0; }\n"


@pytest.fixture(scope="module")
def checked() -> Path:
    """The folder of the programs as they are compiled for valgrind."""
    return part("launcher") / "valgrind"


@pytest.fixture(scope="module")
def valgrind() -> list[str]:
    """The command of valgrind, which must be there."""
    found = shutil.which("valgrind")
    assert found, "there is no valgrind; on Debian: apt-get install valgrind libc6-dbg"
    return [found, "--quiet", "--leak-check=full", "--error-exitcode=99"]


@pytest.mark.parametrize("case", [case for case in CASES if not case.get("refused_by_kernel")], ids=name_of)
def test_case(case: dict[str, Any], tmp_path: Path, valgrind: list[str], checked: Path) -> None:
    """Each case ends as it does without valgrind, which has nothing to say."""
    layout = laid_out(tmp_path)

    found = ended([*valgrind, checked / "omamori-launch", *layout.arguments(case)], layout.environment(case), tmp_path)

    said = layout.filled(case["said"])
    assert found.said.decode() == (f"{said}\n" if said else "")
    assert (found.code, found.printed.decode()) == (case["code"], layout.filled(case["printed"]))


@pytest.mark.parametrize(("files", "code"), [(["/"], 0), (["/", "/none"], 1), ([], 125)])
def test_ready(valgrind: list[str], checked: Path, files: list[str], code: int) -> None:
    """The same of the probe."""
    found = ended([*valgrind, checked / "omamori-ready", *files])
    assert (found.code, found.said.count(b"\n")) == (code, 1 if code else 0)


def test_valgrind_sees(valgrind: list[str], tmp_path: Path) -> None:
    """A program that reads what was never written does not pass."""
    (tmp_path / "wrong.c").write_text(WRONG)
    subprocess.run(["gcc", "-g", "-o", tmp_path / "wrong", tmp_path / "wrong.c"], check=True)

    assert ended([*valgrind, tmp_path / "wrong"]).code == 99
