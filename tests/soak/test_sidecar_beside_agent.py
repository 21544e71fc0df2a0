"""A sidecar with a hundred secrets and a thousand rotations, beside `vault agent` with the same.

The program runs as in its image: the assembled interpreter, in its own file tree.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.bench.program import prepare, program_tree
from tests.realparts.dynamodb import dynamodb
from tests.realparts.parts import part
from tests.realparts.sandbox import sandbox
from tests.realparts.vault import Storage, vault
from tests.support.scale import keep, scaled
from tests.support.waiting import wait_until
from vault.contract.plan import Output, Plan, Read, Session
from vault.contract.wire import to_environment

if TYPE_CHECKING:
    from tests.realparts.vault import VaultServer

pytestmark = [pytest.mark.real, pytest.mark.timeout(0)]

SECRETS = scaled(12, 100)
STEPS = scaled(4, 100)
A_STEP = scaled(3, 10)  # secrets that change
LIMIT_MIB = 20.0
SECONDS = 60.0
POLICY = """\
path "secret/data/shop/*" { capabilities = ["read"] }
path "secret/metadata/shop/*" { capabilities = ["read"] }
"""


@dataclass(slots=True)
class Watched:
    """A process, where its files are, and what it had after each step."""

    pid: int
    folder: Path
    resident_mib: list[float] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)

    def measure(self) -> None:
        """Note what it has now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        kibibytes = next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]
        self.resident_mib.append(round(int(kibibytes) / 1024, 2))
        self.descriptors.append(len(list(Path(f"/proc/{self.pid}/fd").iterdir())))

    def has(self, numbers: Sequence[int], value: str) -> bool:
        """Whether these files have the value."""
        files = [self.folder / f"s{number}" for number in numbers]
        return all(each.exists() and each.read_text() == value for each in files)


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Iterator[Watched]:
    """Run a command until the block ends."""
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield Watched(process.pid, folder)
    finally:
        process.kill()
        process.wait()


def sidecar(tree: Path, server: VaultServer, token: str) -> tuple[list[str], dict[str, str]]:
    """Give the command and the environment of the sidecar, whose folder is `out` in its tree."""
    (tree / "token").write_text(token)
    for name in ("out", "state"):
        (tree / name).mkdir()
    session = Session(
        vault="main",
        address=server.address,
        role="shop.checkout",
        token_file="/token",
        auth_kind="jwt",
        auth_mount="jwt",
        ca_pem=server.ca_pem.read_text(),
    )
    plan = Plan(
        sessions=(session,),
        reads=tuple(Read(path=f"secret/data/shop/s{number}") for number in range(SECRETS)),
        outputs=tuple(
            Output(directory="/out", name=f"s{number}", mode="0400", read=number, key="it") for number in range(SECRETS)
        ),
        mode="sidecar",
        state_directory="/state",
        refresh_seconds=1,
    )
    start = ["/usr/bin/python3", "-I", "-S", "-B", "/opt/omamori/vault/agent/start.py"]
    return ["/usr/sbin/chroot", str(tree), *start], to_environment(plan)


def agent(folder: Path, server: VaultServer, token: str) -> tuple[list[str], dict[str, str]]:
    """Give the command and the environment of the agent with the same secrets, read as often."""
    folder.mkdir()
    (folder / "token").write_text(token)
    templates = "".join(
        f'template {{ contents = "{{{{ with secret \\"secret/data/shop/s{number}\\" }}}}{{{{ .Data.data.it }}}}'
        f'{{{{ end }}}}"\n destination = "{folder}/s{number}" }}\n'
        for number in range(SECRETS)
    )
    configuration = folder / "agent.hcl"
    configuration.write_text(
        f'vault {{ address = "{server.address}"\n ca_cert = "{server.ca_pem}" }}\n'
        'template_config { static_secret_render_interval = "1s" }\n'
        f'auto_auth {{ method "jwt" {{ mount_path = "auth/jwt"\n config = {{ path = "{folder}/token"\n '
        f'role = "shop.checkout"\n remove_jwt_after_reading = false }} }} }}\n{templates}'
    )
    return [str(part("vault") / "bin/vault"), "agent", "-config", str(configuration)], {"HOME": str(folder)}


def write(server: VaultServer, numbers: Sequence[int], value: str) -> None:
    """Write a new version of some secrets."""
    for number in numbers:
        server.admin.write(f"secret/data/shop/s{number}", data={"it": value})


def test_memory_beside_the_agent(tmp_path: Path) -> None:
    """At most 20 MiB, flat in memory and in descriptors, through logins and a thousand rotations."""
    with sandbox() as box, dynamodb(box) as store, vault(box, Storage(store.endpoint)) as server:
        token = prepare(server)
        server.admin.write("sys/policies/acl/shop", policy=POLICY)
        server.admin.write("auth/jwt/role/shop.checkout", token_ttl="30s", role_type="jwt", user_claim="sub")
        write(server, range(SECRETS), "first")
        tree = program_tree(tmp_path)
        with (
            running(*sidecar(tree, server, token), tree / "out") as ours,
            running(*agent(tmp_path / "agent", server, token), tmp_path / "agent") as theirs,
        ):
            everything = range(SECRETS)
            wait_until(lambda: ours.has(everything, "first"), SECONDS, "the sidecar has the first files")
            wait_until(lambda: theirs.has(everything, "first"), SECONDS, "the agent has the first files")
            for step in range(STEPS):
                changing = [(step * A_STEP + each) % SECRETS for each in range(A_STEP)]
                value = os.urandom(16).hex()
                write(server, changing, value)
                wait_until(lambda: ours.has(changing, value), SECONDS, "the sidecar has the change")  # noqa: B023
                wait_until(lambda: theirs.has(changing, value), SECONDS, "the agent has the change")  # noqa: B023
                ours.measure()
                theirs.measure()
    settled = ours.resident_mib[STEPS // 3]
    keep(
        "sidecar",
        {
            "secrets": SECRETS,
            "rotations": STEPS * A_STEP,
            "resident_mib": [settled, ours.resident_mib[-1]],
            "agent_resident_mib": [theirs.resident_mib[STEPS // 3], theirs.resident_mib[-1]],
            "descriptors": sorted(set(ours.descriptors)),
            "agent_descriptors": [min(theirs.descriptors), max(theirs.descriptors)],
        },
    )
    assert max(ours.resident_mib) <= LIMIT_MIB
    assert ours.resident_mib[-1] - settled <= 0.5
    assert max(ours.descriptors) - min(ours.descriptors) <= 1
