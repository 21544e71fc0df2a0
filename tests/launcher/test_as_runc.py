"""A command is found with the launcher where a container runtime finds it without: the real runc says where that is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.launcher.running import Ended
from tests.realparts.sandbox import Sandbox, sandbox

pytestmark = pytest.mark.real

PATHS = (
    None,
    "",
    "/bin",
    "/none:/bin",
    "/bin/:/none",
    "/odd:/bin",
    "/bin:/odd",
    ":/bin",
    "/none::/bin",
    "/bin:",
    ".",
    "bin",
)
COMMANDS = (
    *("probe", "here", "none", "odd", "closed", "unfit", "", ".."),
    *("/bin/probe", "./here", "../bin/probe", "/bin/none", "/bin/probe/none", "/bin", "/bin/closed", "/bin/unfit"),
)

# what runc says, and the exit code that it means; it ends itself with 1
REFUSALS = {
    "executable file not found in $PATH": 127,
    "no such file or directory": 127,
    "not a directory": 127,
    "cannot run executable found relative to current directory": 126,
    "permission denied": 126,
    "exec format error": 126,
}


@dataclass(frozen=True, slots=True)
class Bundle:
    """A container's root, and how a command is run in it by runc."""

    box: Sandbox
    folder: Path

    def run(self, arguments: Sequence[str], path: str | None) -> Ended:
        """Run a command as nobody in /work, with that PATH; for what runc refuses, give the code that it means."""
        configuration = {
            "ociVersion": "1.0.2",
            "root": {"path": "root", "readonly": True},
            "process": {
                "args": list(arguments),
                "env": [] if path is None else [f"PATH={path}"],
                "cwd": "/work",
                "user": {"uid": 65532, "gid": 65532},
                "noNewPrivileges": True,
            },
            "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
            "linux": {
                "cgroupsPath": f"/{self.box.name}/bundle",
                "namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts")],
            },
        }
        (self.folder / "config.json").write_text(json.dumps(configuration))
        state = self.box.folder / "runc"
        done = self.box.run(["runc", "--root", state, "run", "--bundle", self.folder, "bundle"], check=False)
        meant = [code for words, code in REFUSALS.items() if words in done.stderr]
        return Ended(meant[0] if meant else done.returncode, done.stdout.encode(), done.stderr.encode())


@pytest.fixture(scope="module")
def bundle(programs: Path) -> Iterator[Bundle]:
    """A root that has the launcher, the probe under several names, and what looks like it but is not."""
    with sandbox() as box:
        root = box.folder / "bundle/root"
        for name in ("bin", "work", "proc", "odd/probe", "odd/odd"):
            (root / name).mkdir(parents=True)
        for name in ("bin/probe", "work/here", "bin/odd", "bin/closed", "odd/closed"):
            shutil.copy(programs / "omamori-ready", root / name)
        for name in ("bin/closed", "odd/closed"):
            (root / name).chmod(0o600)
        (root / "bin/unfit").write_text("exit 0\n")
        (root / "bin/unfit").chmod(0o755)
        shutil.copy(programs / "omamori-launch", root)
        (root / "env").write_bytes(b"SECRET=a\0")
        yield Bundle(box, box.folder / "bundle")


@pytest.mark.parametrize("path", PATHS)
def test_commands(bundle: Bundle, path: str | None) -> None:
    """Each command runs, or does not for the same reason, with the launcher as without."""
    ran = 0
    for command in COMMANDS:
        direct = bundle.run([command, "/none"], path)
        launched = bundle.run(["/omamori-launch", "/env", "--", command, "/none"], path)
        if direct.code == 1:
            ran += 1
            assert direct.said == b"omamori-ready: /none: not there\n"
            assert launched == direct, command
        else:
            assert launched.said.startswith(b"omamori-launch: "), command
            assert (launched.code, direct.code) in {(126, 126), (127, 127)}, (command, direct.said)
    assert ran >= 3
