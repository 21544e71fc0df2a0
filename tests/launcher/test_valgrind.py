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


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["/"], 0),
        (["/", "/none"], 1),
        ([], 125),
        (["--wait", "60", "/", "/usr"], 0),
        (["--wait", "1", "/", "/none", "no/folder/none"], 1),
        (["--lock", "lock", "--wait", "0", "/"], 0),
        (["--lock", "no/lock", "/"], 125),
        (["--wait", "3601", "/"], 125),
    ],
)
def test_ready(valgrind: list[str], checked: Path, tmp_path: Path, words: list[str], code: int) -> None:
    """The same of the probe and the hook."""
    (tmp_path / "lock").touch()
    found = ended([*valgrind, checked / "omamori-ready", *words], folder=tmp_path)
    assert (found.code, found.said.count(b"\n")) == (code, 1 if code else 0)


def test_ready_waits(valgrind: list[str], checked: Path, tmp_path: Path) -> None:
    """The same of a hook whose file comes while it waits, among others: it reads what the kernel tells it."""
    command: list[str | Path] = [*valgrind, checked / "omamori-ready", "--wait", "60", "late", "folder/later"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE) as waiting:
        for number in range(200):
            (tmp_path / f"other-{number}").touch()
        (tmp_path / "folder").mkdir()
        (tmp_path / "late").touch()
        (tmp_path / "folder/later").touch()
        _, said = waiting.communicate(timeout=60)
        assert (waiting.returncode, said) == (0, b"")


@pytest.mark.parametrize("words", [[], ["a word"]])
def test_stay(valgrind: list[str], checked: Path, words: list[str]) -> None:
    """The same of the program that stays, which a signal ends."""
    code = (
        "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]); "
        "os.kill(os.getpid(), signal.SIGTERM); os.execv(sys.argv[1], sys.argv[1:])"
    )
    found = ended(["/usr/bin/python3", "-c", code, *valgrind, checked / "omamori-stay", *words])
    assert (found.code, found.said.count(b"\n")) == ((125, 1) if words else (0, 0))


def test_valgrind_sees(valgrind: list[str], tmp_path: Path) -> None:
    """A program that reads what was never written does not pass."""
    (tmp_path / "wrong.c").write_text(WRONG)
    subprocess.run(["gcc", "-g", "-o", tmp_path / "wrong", tmp_path / "wrong.c"], check=True)

    assert ended([*valgrind, tmp_path / "wrong"]).code == 99
