"""The release's programs for arm64 do what those of this machine do, in an emulator (qemu-user).

The agent's tests run in three ways: the program in the Pod is the one of the image, with the tests outside of the
emulator; so is the launcher; formats, TLS and logins, which are tested in their own process, run in it altogether.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import jsonpatch
import pytest

from tests.launcher.running import ended, entries
from tests.realparts.emulation import PYTHON, Emulation
from tests.release.conftest import PROJECT, Release
from tests.support.version import VERSION
from tests.support.webhook.builders import asking, review
from tests.support.webhook.servers import serving

pytestmark = [pytest.mark.real, pytest.mark.long, pytest.mark.timeout(900)]

STANDS_FOR = PROJECT / "tests/realparts/source/emulated.c"
LAUNCHER = ("omamori-launch", "omamori-ready", "omamori-stay")
PROGRAM_TESTS = (
    *("test_program.py", "test_program_roles.py", "test_program_variables.py"),
    *("test_app_role.py", "test_client_certificate.py", "test_wrapped_secret_id.py"),
)
WITHIN_THE_IMAGE = "not outside_of_the_image"
# of the launcher: not the form of the compiled file, and not what the emulator itself changes of a process
LAUNCHER_TESTS = ("test_commands.py", "test_process.py", "test_ready.py", "test_stay.py", "test_variable_sets.py")
# the emulator is in root's home, where nobody else can run it, and it is dumpable
CHANGED_BY_THE_EMULATOR = "not signals and not its_memory and not look_through"
FORMATS_AND_LOGINS = ("test_render_*.py", "test_login.py", "test_tls.py", "test_aws_signature.py")
TOO_MUCH = "not memory"  # what measures memory measures the emulator's


def run_tests(
    python: Sequence[str], checkout: Path, tests: Sequence[str], variables: Mapping[str, str], *more: str
) -> tuple[int, float]:
    """Run tests by a Python and give their number and seconds; all of them pass."""
    files = [str(file.relative_to(checkout)) for each in tests for file in sorted(checkout.glob(each))]
    assert len(files) >= len(tests)
    command = [*python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout=600", *more, *files]
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "few", "PYTHONDONTWRITEBYTECODE": "1", **variables}
    ran = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    said = re.search(r"^(\d+) passed(?:, \d+ deselected)? in ([\d.]+)s", ran.stdout, re.MULTILINE)
    assert said is not None, f"{ran.stdout[-6000:]}\n{ran.stderr[-2000:]}"
    return int(said[1]), float(said[2])


@pytest.fixture(scope="module")
def agent(released: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file tree of the agent's image."""
    return released.image("agent").unpack("arm64", tmp_path_factory.mktemp("agent"))


@pytest.fixture(scope="module")
def launcher(agent: Path, emulation: Emulation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the launcher's programs, which run in the emulator when they are started by their names."""
    folder = tmp_path_factory.mktemp("launcher")
    (folder / "qemu").symlink_to(emulation.emulator)
    shutil.copytree(agent / "opt/omamori/bin", folder / "arm64")
    for name in LAUNCHER:
        subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-static", "-o", folder / name, STANDS_FOR], check=True)
    return folder


def test_it_is_another_machine(agent: Path, emulation: Emulation, launcher: Path) -> None:
    """The image's Python says that its machine is an aarch64, and the launcher's programs do not run without help."""
    python = [str(emulation.emulator), "-L", str(agent), str(agent / "usr/bin" / PYTHON), "-I", "-S", "-B"]
    said = subprocess.run([*python, "-c", "import os; print(os.uname().machine)"], capture_output=True, check=True)
    assert said.stdout == b"aarch64\n"
    with pytest.raises(OSError, match="Exec format error"):
        subprocess.run([launcher / "arm64/omamori-launch"], check=False)


def test_program_in_the_pod(agent: Path, emulation: Emulation, show: Callable[[str], None]) -> None:
    """The image's program logs in, reads, and leaves the files that the tests of the program ask for."""
    start = agent / "opt/omamori/vault/agent/start.py"
    words = [emulation.emulator, "-L", agent, agent / "usr/bin" / PYTHON, "-I", "-S", "-B", start]
    variables = {"OMAMORI_PROGRAM": shlex.join(map(str, words))}
    tests = [f"tests/vault/{each}" for each in PROGRAM_TESTS]
    number, seconds = run_tests([sys.executable], PROJECT, tests, variables, "-k", WITHIN_THE_IMAGE)
    assert number > 50
    show(f"arm64, the program in the Pod: {number} tests in {seconds:.0f} s")


def test_launcher(launcher: Path, show: Callable[[str], None]) -> None:
    """The launcher's programs do what their tests ask for."""
    tests = [f"tests/launcher/{each}" for each in LAUNCHER_TESTS]
    variables = {"OMAMORI_LAUNCHER": str(launcher)}
    number, seconds = run_tests([sys.executable], PROJECT, tests, variables, "-k", CHANGED_BY_THE_EMULATOR)
    assert number > 170
    show(f"arm64, the launcher: {number} tests in {seconds:.0f} s")


def test_launcher_is_exact(launcher: Path, tmp_path: Path) -> None:
    """The launcher passes any byte, in values and arguments; the emulator alone changes the order of variables."""
    every = bytes(range(1, 256))
    env_file = tmp_path / "env"
    env_file.write_bytes(entries({b"NEW": every, b"SECRET": b"'\"`$(id)\n" * 1000}))
    script: list[str | bytes] = ["/bin/sh", "-c", 'cat /proc/self/environ; printf %s "$1"', "sh", every]
    found = ended([launcher / "omamori-launch", env_file, "--", *script], {b"A": b"1", b"SECRET": b"before"})
    *variables, argument = found.printed.split(b"\0")
    assert found.code == 0
    assert argument == every
    expected = {b"A=1", b"NEW=" + every, b"SECRET=" + b"'\"`$(id)\n" * 1000}
    assert expected <= set(variables)
    assert {each.partition(b"=")[0] for each in variables} <= {b"A", b"NEW", b"SECRET", b"PWD", b"_", b"OLDPWD"}


def test_formats_and_logins(emulation: Emulation, copied: Path, show: Callable[[str], None]) -> None:
    """Files are rendered and Vault is talked to by an arm64 Python with its OpenSSL; the server is this machine's."""
    emulation.compile(copied / "tests", copied / "vault", copied / "webhook")
    variables = {
        "HYPOTHESIS_STORAGE_DIRECTORY": str(emulation.charmap),
        "OMAMORI_NATIVE_PYTHON": sys.executable,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",  # the Vault of the tests
        "PYTHONPATH": str(emulation.packages),
    }
    tests = [f"tests/vault/{each}" for each in FORMATS_AND_LOGINS]
    words = ("-p", "tests.release.native_python", "--assert=plain", "-k", TOO_MUCH)
    number, seconds = run_tests(emulation.python(), copied, tests, variables, *words)
    assert number > 400
    show(f"arm64, formats and logins: {number} tests in {seconds:.0f} s")


def test_webhook_answers(released: Release, emulation: Emulation, tmp_path: Path) -> None:
    """The webhook of the image, with its packages' wheels for arm64, patches a Pod as this machine's does."""
    image = released.image("webhook").unpack("arm64", tmp_path / "image")
    found = emulation.emulator, "-E", f"PYTHONPATH={image / 'opt/omamori'}", "-L", image, image / "usr/bin" / PYTHON
    python = [*map(str, found), "-P"]
    answers = []
    for name, interpreter in (("arm64", python), ("here", [sys.executable])):
        (tmp_path / name).mkdir()
        with serving(tmp_path / name, python=interpreter) as webhook:
            answer = webhook.client.post("/mutate?timeout=25s", content=review(asking()), timeout=60).json()["response"]
            assert webhook.metric(f'omamori_build_info{{version="{VERSION}"}}') == 1
        assert answer["allowed"]
        answers.append(jsonpatch.apply_patch(asking(), json.loads(base64.b64decode(answer["patch"]))))
    assert answers[0] == answers[1]
    assert answers[0]["spec"]["initContainers"][0]["name"] == "omamori-init"


def test_machine_is_as_it_was(released: Release, emulation: Emulation) -> None:
    """The machine's dpkg knows no other architecture, and owns no package of one."""
    assert released.folder.is_dir()
    assert emulation.emulator.is_file()
    asked = ["dpkg", "--print-foreign-architectures"], ["dpkg-query", "--show", "--showformat=${Architecture}\n"]
    foreign, installed = (subprocess.run(each, capture_output=True, text=True, check=True).stdout for each in asked)
    own = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
    assert foreign == ""
    assert set(installed.split()) == {own, "all"}
