"""In an image that has nothing, as nobody, on a root that cannot be written: where the launcher must work."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.launcher.running import Ended, ended

pytestmark = pytest.mark.real

# in a mount namespace that ends with it: a root that is read-only, and a user who is nobody anywhere
CONFINED = """\
mount --bind "$0" "$0"
mount -o remount,bind,ro "$0"
exec chroot --userspec=65532:65532 --groups= "$0" "$@"
"""

PATH = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

Run = Callable[[Sequence[str]], Ended]


@pytest.fixture
def confined(programs: Path, tmp_path: Path) -> Run:
    """Run a command in a root that has the two programs and env files, and nothing else."""
    root = tmp_path / "root"
    shutil.copytree(programs, root / "bin")
    tmp_path.chmod(0o755)
    (root / "path").write_bytes(b"PATH=/bin\0")
    (root / "env").write_bytes(b"A=1\0")
    (root / "closed").write_bytes(b"A=1\0")
    (root / "closed").chmod(0o400)
    shutil.copy(root / "bin/omamori-ready", root / "closed-program")
    (root / "closed-program").chmod(0o500)
    return lambda command: ended(["unshare", "--mount", "--", "sh", "-ec", CONFINED, root, *command], PATH)


def test_launched(confined: Run) -> None:
    """The launcher launches itself, which launches the probe, which it finds by the PATH of an env file."""
    twice = ["/bin/omamori-launch", "/env", "--", "/bin/omamori-launch", "/path", "--", "omamori-ready"]
    assert confined([*twice, "/env"]) == Ended(0, b"", b"")
    assert confined([*twice, "/none"]) == Ended(1, b"", b"omamori-ready: /none: not there\n")


def test_not_for_this_user(confined: Run) -> None:
    """What the user may not read or execute is named."""
    unread = confined(["/bin/omamori-launch", "/closed", "--", "/bin/omamori-ready", "/"])
    unexecuted = confined(["/bin/omamori-launch", "/env", "--", "/closed-program", "/"])

    assert unread == Ended(125, b"", b"omamori-launch: /closed: the env file cannot be opened (errno 13)\n")
    said = b"omamori-launch: /closed-program: not executable, or not for this user\n"
    assert unexecuted == Ended(126, b"", said)


def test_root_is_read_only(tmp_path: Path) -> None:
    """The root of these tests is what it is said to be: not even root writes to it."""
    writing = CONFINED.partition("exec chroot")[0] + 'touch "$0/file"'
    found = ended(["unshare", "--mount", "--", "sh", "-ec", writing, tmp_path], PATH)
    assert b"Read-only file system" in found.said
