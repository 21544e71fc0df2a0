"""Our own processes are not to be looked into: a container that shares processes and user does not get what they hold.

As in a Pod with `shareProcessNamespace` and one user for all: the sidecar has mounts of its own, the application runs
as the same user, without capabilities, in another mount namespace and the same PID namespace.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.realparts.parts import part
from tests.support.canary import Canary
from tests.support.vault.program import FLAGS, ROOT
from tests.support.vault.scripted import Said, ScriptedVault, kv2, kv2_metadata, scripted_vault
from tests.support.vault.tracing import Call, run_traced
from tests.support.waiting import wait_until
from vault.contract.plan import Output, Plan, Read
from vault.contract.wire import to_environment

pytestmark = [pytest.mark.real, pytest.mark.skipif(os.geteuid() != 0, reason="mount namespaces need root")]

UID = 10001
AS_USER = (
    *("setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"),
    "--no-new-privs",
)
# tries to read what the process of its user holds, and says of each attempt whether it got it
APPLICATION = r"""
import json, os, sys
pid, private, canaries = sys.argv[1], sys.argv[2], [each.encode() for each in sys.argv[3:]]
def found(octets):
    return any(each in octets for each in canaries)
def read(path):
    with open(path, "rb") as file:
        return found(file.read())
def memory():
    got = False
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            first, last = (int(each, 16) for each in line.split()[0].split("-"))
            if " rw" in line:
                mem.seek(first)
                try:
                    got = got or found(mem.read(last - first))
                except OSError:
                    continue
    return got
attempts = {
    "the ServiceAccount token": lambda: read(f"/proc/{pid}/root{private}/jwt"),
    "the files of another container": lambda: read(f"/proc/{pid}/root{private}/files/db"),
    "the working directory": lambda: bool(os.listdir(f"/proc/{pid}/cwd")),
    "the environment": lambda: b"OMAMORI_PLAN" in open(f"/proc/{pid}/environ", "rb").read(),
    "the open files": lambda: bool(os.listdir(f"/proc/{pid}/fd")),
    "the Vault token in memory": memory,
}
said = {}
for name, attempt in attempts.items():
    try:
        said[name] = "got" if attempt() else "nothing there"
    except PermissionError:
        said[name] = "refused"
print(json.dumps(said))
"""


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that another user may enter, with a copy of the program."""
    folder = Path(tempfile.mkdtemp(prefix="omamori-shared-"))
    folder.chmod(0o711)
    shutil.copytree(ROOT / "vault", folder / "code" / "vault", ignore=shutil.ignore_patterns("__pycache__"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _plan(vault: ScriptedVault, private: Path) -> Plan:
    session = vault.session(private.parent).replace(token_file=str(private / "jwt"))
    return Plan(
        sessions=(session,),
        reads=(Read(path="secret/data/shop/db"),),
        outputs=(Output(directory=str(private / "files"), name="db", mode="0400", key="a"),),
        mode="sidecar",
        state_directory=str(private / "state"),
    )


@contextmanager
def _sidecar(folder: Path, vault: ScriptedVault, jwt: str, program: Sequence[str]) -> Iterator[int]:
    """Run a program in a mount namespace of its own, as the user; gives its PID once it has said that it is ready."""
    private = folder / "private"
    private.mkdir(exist_ok=True)
    script = (
        f"mount -t tmpfs none {private} && mkdir {private}/files {private}/state && printf %s '{jwt}' > {private}/jwt"
        f' && chown -R {UID} {private} && chmod 700 {private} && cd {private} && exec "$@"'
    )
    command = ["unshare", "--mount", "sh", "-ec", script, "sh", *AS_USER, *program]
    with subprocess.Popen(
        command, env={"PATH": os.environ["PATH"], **to_environment(_plan(vault, private))}, stderr=subprocess.DEVNULL
    ) as process:
        try:
            root = Path(f"/proc/{process.pid}/root{private}")
            wait_until((root / "state/ready").exists, 20, "it is ready")
            yield process.pid
        finally:
            process.kill()


def _attempts(pid: int, folder: Path, *canaries: str) -> dict[str, str]:
    command = [*AS_USER, sys.executable, "-I", "-S", "-c", APPLICATION, str(pid), str(folder / "private"), *canaries]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said: dict[str, str] = json.loads(done.stdout)
    assert len(said) == 6
    return said


def test_the_sidecar_cannot_be_looked_into(shared: Path) -> None:
    """All is refused of the program; the same attempts get everything from a copy that does not keep them off."""
    canaries = [Canary.plain().value for _ in range(3)]
    login: dict[str, Any] = {"client_token": canaries[0], "token_type": "service", "lease_duration": 3600}
    answers = {
        "*/login": Said(body={"auth": login}),
        "secret/data/shop/db": kv2({"a": canaries[1]}),
        "secret/metadata/shop/db": kv2_metadata(),
    }
    start = shared / "code/vault/agent/start.py"
    command = [sys.executable, *FLAGS, str(start)]
    with scripted_vault(answers) as vault:
        with _sidecar(shared, vault, canaries[2], command) as pid:
            assert set(_attempts(pid, shared, *canaries).values()) == {"refused"}
        text = start.read_text()
        asked = 'if sys.platform == "linux":'
        assert text.count(asked) == 1
        start.write_text(text.replace(asked, "if False:"))
        with _sidecar(shared, vault, canaries[2], command) as pid:
            assert set(_attempts(pid, shared, *canaries).values()) == {"got"}


def _order(command: Sequence[str], environment: dict[str, str], wanted: Sequence[str]) -> list[Call]:
    traced = run_traced(command, environment, lambda _call: True)
    return [call for call in traced.calls if call.name == "prctl" or any(each in call.path for each in wanted)]


def test_each_program_begins_so(shared: Path) -> None:
    """It is the first that the program does: before any part of ours is loaded, the token or a file looked at."""
    with scripted_vault({"secret/data/shop/db": kv2({"a": "x"})}) as vault:
        (shared / "private/files").mkdir(parents=True)
        plan = _plan(vault, shared / "private").replace(mode="init")
        (shared / "private/jwt").write_text("x")
        start = [sys.executable, *FLAGS, str(shared / "code/vault/agent/start.py")]
        for more in ([], ["status"]):
            calls = _order([*start, *more], to_environment(plan), ["/contract/plan.py", "/jwt", "/agent/", "/private"])
            own = [call for call in calls if not call.path.endswith("/start.py")]
            assert own[0].name == "prctl", own[:3]
            assert len(own) > 1
    ready = part("launcher") / "tree/opt/omamori/bin/omamori-ready"
    calls = _order([str(ready), str(shared)], {}, [str(shared)])
    assert [call.name for call in calls] == ["prctl", "access"]


def test_there_is_no_core_dump(shared: Path) -> None:
    """A crash leaves nothing of the memory, also where the limit would let it."""
    with scripted_vault({"secret/data/shop/db": kv2({"a": "x"})}) as vault:
        command = [sys.executable, *FLAGS, str(shared / "code/vault/agent/start.py")]
        before = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
        try:
            with _sidecar(shared, vault, "x", command) as pid:
                os.kill(pid, signal.SIGABRT)
                _, status = os.waitpid(pid, 0)
        finally:
            resource.setrlimit(resource.RLIMIT_CORE, before)
    assert os.WTERMSIG(status) == signal.SIGABRT
    assert not os.WCOREDUMP(status)
