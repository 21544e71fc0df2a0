"""The program in the Pod against `vault agent`, on one Vault, over TLS, with the same three secrets, in pairs.

The program runs as in its image: the assembled interpreter, in its own file tree. Needs root and the real parts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.bench.cgroup import peak_mib
from tests.bench.figures import Table, keep
from tests.realparts.dynamodb import dynamodb
from tests.realparts.images import build_image
from tests.realparts.parts import part
from tests.realparts.sandbox import sandbox
from tests.realparts.vault import Storage, VaultServer, vault
from tests.support.cluster.images import AGENT, PROJECT
from vault.contract.plan import Output, Plan, Read, Session
from vault.contract.wire import to_environment

PAIRS = 25
SECRETS = ("db", "mail", "pay")
SUBJECT = "system:serviceaccount:shop:checkout"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a command cost."""

    wall_ms: float
    cpu_ms: float
    memory_mib: float


# A process begins with the peak memory of the one that started it: this small one stands between.
WAITER = """
import json, os, subprocess, sys, time
started = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
wall = time.perf_counter() - started
cpu = usage.ru_utime + usage.ru_stime
print(json.dumps([os.waitstatus_to_exitcode(status), wall * 1e3, cpu * 1e3, usage.ru_maxrss / 1024]))
"""


def cost(command: Sequence[str], environ: Mapping[str, str]) -> Cost:
    """Run a command to its end, which must be good, and give what it cost."""
    waiter = [sys.executable, "-I", "-S", "-c", WAITER, *command]
    told = subprocess.run(waiter, env=environ, capture_output=True, text=True, check=True)
    code, wall, cpu, memory = json.loads(told.stdout)
    assert code == 0, told.stderr
    return Cost(wall, cpu, memory)


def prepare(server: VaultServer) -> str:
    """Write the secrets, a policy and a role; give a token that opens them."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    admin = server.admin
    admin.write("sys/mounts/secret", type="kv", options={"version": "2"})
    for name in SECRETS:
        admin.write(f"secret/data/shop/{name}", data={"username": "u", "password": os.urandom(12).hex()})
    admin.write("sys/policies/acl/shop", policy='path "secret/data/shop/*" { capabilities = ["read"] }')
    admin.write("sys/auth/jwt", type="jwt")
    admin.write("auth/jwt/config", jwt_validation_pubkeys=[public.decode()])
    admin.write(
        "auth/jwt/role/shop.checkout",
        role_type="jwt",
        user_claim="sub",
        bound_audiences=["vault"],
        bound_subject=SUBJECT,
        token_policies=["shop"],
        token_type="batch",
        token_ttl="10m",
    )
    now = int(time.time())
    claims = {"sub": SUBJECT, "aud": ["vault"], "iat": now, "nbf": now - 5, "exp": now + 3600}
    return jwt.encode(claims, key, algorithm="RS256")


def program_tree(folder: Path) -> Path:
    """Unpack the agent's image."""
    context = folder / "context"
    stage = [sys.executable, str(PROJECT / "deploy/images/stage.py"), str(context), "--only", "agent"]
    subprocess.run(stage, check=True)
    archive = build_image(context / "agent/Containerfile", context / "agent", AGENT)
    tree = folder / "tree"
    with tarfile.open(archive) as image:
        layers = json.load(image.extractfile("manifest.json"))[0]["Layers"]  # type: ignore[arg-type]
        for layer in layers:
            tree.mkdir(exist_ok=True)
            content = image.extractfile(layer)
            assert content is not None
            # not extractall(filter=), which Debian 12's Python 3.11.2 does not have
            subprocess.run(["tar", "--extract", "--directory", tree], input=content.read(), check=True)
    return tree


def ours(tree: Path, server: VaultServer, token: str) -> tuple[list[str], dict[str, str]]:
    """Give the program's command and environment."""
    (tree / "token").write_text(token)
    (tree / "out").mkdir()
    plan = Plan(
        sessions=(
            Session(
                vault="main",
                address=server.address,
                role="shop.checkout",
                token_file="/token",
                auth_kind="jwt",
                auth_mount="jwt",
                ca_pem=server.ca_pem.read_text(),
            ),
        ),
        reads=tuple(Read(path=f"secret/data/shop/{name}") for name in SECRETS),
        outputs=tuple(
            Output(directory="/out", name=name, mode="0400", read=number, key="password")
            for number, name in enumerate(SECRETS)
        ),
    )
    start = ["/usr/bin/python3", "-I", "-S", "-B", "/opt/omamori/vault/agent/start.py"]
    return ["/usr/sbin/chroot", str(tree), *start], to_environment(plan)


def theirs(folder: Path, server: VaultServer, token: str) -> tuple[list[str], dict[str, str]]:
    """Give the agent's command and environment."""
    (folder / "token").write_text(token)
    templates = "".join(
        f'template {{ contents = "{{{{ with secret \\"secret/data/shop/{name}\\" }}}}{{{{ .Data.data.password }}}}'
        f'{{{{ end }}}}"\n destination = "{folder}/agent-{name}" }}\n'
        for name in SECRETS
    )
    configuration = folder / "agent.hcl"
    configuration.write_text(
        f'exit_after_auth = true\nvault {{ address = "{server.address}"\n ca_cert = "{server.ca_pem}" }}\n'
        f'auto_auth {{ method "jwt" {{ mount_path = "auth/jwt"\n config = {{ path = "{folder}/token"\n '
        f'role = "shop.checkout"\n remove_jwt_after_reading = false }} }} }}\n{templates}'
    )
    return [str(part("vault") / "bin/vault"), "agent", "-config", str(configuration)], {"HOME": str(folder)}


def measured(what: str, commands: Mapping[str, tuple[list[str], dict[str, str]]]) -> list[Table]:
    """Run commands in turn, and give what each run cost."""
    kinds = ("wall time", "CPU", "peak memory", "peak that a memory limit counts")
    tables = [Table(f"{what}: {kind}", "ms" if kind in kinds[:2] else "MiB") for kind in kinds]
    for number in range(PAIRS + 2):
        for row, (command, environ) in commands.items():
            one = cost(command, environ)
            counted = peak_mib(command, environ)
            if number > 1:  # the first two warm up
                samples = (one.wall_ms, one.cpu_ms, one.memory_mib, counted)
                for table, sample in zip(tables, samples, strict=True):
                    table.add(row, sample)
    return tables


def main() -> None:
    """Measure in pairs, print, keep."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        tree = program_tree(folder)
        box = stack.enter_context(sandbox())
        store = stack.enter_context(dynamodb(box))
        server = stack.enter_context(vault(box, Storage(store.endpoint)))
        token = prepare(server)
        commands = {"vault agent": theirs(folder, server, token), "omamori": ours(tree, server, token)}
        tables = measured("login and three secrets", commands)
        where = Table("phases of the program in the Pod", "ms")
        command, environ = commands["omamori"]
        (tree / "phases.py").write_text((Path(__file__).parent / "phases.py").read_text())
        for _ in range(PAIRS):
            timed = [*command[:-1], "/phases.py"]
            started = time.time()
            given = {**environ, "STARTED": repr(started)}
            told = subprocess.run(timed, env=given, capture_output=True, text=True, check=True)
            for row, milliseconds in json.loads(told.stdout).items():
                where.add(row, milliseconds)
    for table in (*tables, where):
        table.show()
    keep([*tables, where], {})
