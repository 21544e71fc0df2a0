"""A sidecar as a process, and short lives for what it holds, so that hours of its life pass in seconds."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.vault.program import FLAGS, START, Finished
from tests.support.vault.running import Running, running
from tests.support.vault.server import AUDIENCE, VaultServer
from tests.support.waiting import wait_until
from vault.contract.plan import Output, Plan, Read, Session
from vault.contract.wire import to_environment

SECONDS = 45.0


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A running sidecar, with the directory of its files and that of its state."""

    program: Running
    plan: Plan
    directory: Path
    state: Path

    def read(self, name: str = "0") -> bytes | None:
        """Give a file as an application sees it; None: it is not there."""
        try:
            return (self.directory / name).read_bytes()
        except FileNotFoundError:
            return None

    def json(self, name: str = "0") -> Any:
        """Give a file of JSON; None: it is not there."""
        contents = self.read(name)
        return None if contents is None else json.loads(contents)

    def status(self) -> dict[str, Any]:
        """Give what is in status.json."""
        found: dict[str, Any] = json.loads((self.state / "status.json").read_text())
        return found

    def wait(self, condition: Any, what: str) -> Any:
        """Wait until a condition holds while the sidecar runs; gives what it gave."""

        def met() -> Any:
            assert self.program.popen.poll() is None, self.program.log.read_text()
            return condition()

        return wait_until(met, SECONDS, what, log=self.program.log)

    def wait_for_line(self, message: str, **fields: object) -> dict[str, Any]:
        """Wait until it has said something."""

        def said() -> dict[str, Any] | None:
            return next((line for line in self.program.lines(message) if fields.items() <= line.items()), None)

        found: dict[str, Any] = self.wait(said, f"it says {message!r}")
        return found

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[Finished, float]:
        """Tell it to end, as the kubelet does; gives how it ended, and after how many seconds."""
        began = time.monotonic()
        self.program.popen.send_signal(number)
        finished, _ = self.program.finish(SECONDS)
        return finished, time.monotonic() - began


@contextmanager
def sidecar(plan: Plan, *, is_ready: bool = True) -> Iterator[Sidecar]:
    """Run one beside the directory of its plan, and wait until it is ready."""
    state = Path(plan.state_directory)
    state.mkdir(exist_ok=True)
    with running(plan, state.with_suffix(".log")) as program:
        places = [each.directory for each in plan.outputs] + [each.directory for each in plan.templates]
        places += [directory for rules in plan.configurations for _, directory in rules.volumes]
        made = Sidecar(program, plan, Path(places[0]), state)
        if is_ready:
            made.wait((state / "ready").exists, "it is ready")
        yield made


def sidecar_plan(session: Session, directory: Path, *reads: Read | str, **fields: Any) -> Plan:
    """Give the Plan that leaves each read whole as JSON, in files that their numbers name, and looks all the time."""
    parsed = tuple(Read(path=each) if isinstance(each, str) else each for each in reads)
    usual: dict[str, Any] = {
        "sessions": (session,),
        "reads": parsed,
        "outputs": tuple(
            Output(directory=str(directory), name=str(number), mode="0444", read=number, format="json")
            for number, _ in enumerate(parsed)
        ),
        "mode": "sidecar",
        "state_directory": str(directory.with_name("state")),
        "refresh_seconds": 0,
        "deadline_seconds": 20,
    }
    return Plan(**{**usual, **fields})


def shown_status(plan: Plan) -> Finished:
    """Run the command `status` as `kubectl exec` does; what it prints is in the place of stderr."""
    command = [sys.executable, *FLAGS, str(START), "status"]
    done = subprocess.run(
        command, env=to_environment(plan), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return Finished(done.returncode, done.stdout)


def write_role(server: VaultServer, name: str, kind: str, ttl: str, maximum: str = "0", *policies: str) -> str:
    """Write a role of auth/jwt whose tokens live so long; gives its name."""
    server.client.write(
        f"auth/jwt/role/{name}",
        {
            "role_type": "jwt",
            "user_claim": "sub",
            "bound_audiences": [AUDIENCE],
            "token_policies": ["shop", *policies],
            "token_type": kind,
            "token_ttl": ttl,
            "token_max_ttl": maximum,
        },
    )
    return name
