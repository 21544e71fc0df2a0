"""PostgreSQL of Debian: a server in the run, with an administrator for Vault's database engine.

It refuses to run as root, so it runs as the user of its package, under /var/lib, which is the run's own.
"""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.realparts.sandbox import Sandbox

ADMIN = "administrator"
READY_SECONDS = 30.0
_FOLDER = Path("/var/lib/postgresql-of-the-run")
_USER = ("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--")


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """A server. `password` is the administrator's."""

    address: str
    port: int
    password: str = field(repr=False)
    _box: Sandbox = field(repr=False)

    def query(self, statement: str) -> list[str]:
        """Ask as the administrator; gives a line for each row."""
        command = [*_program("psql"), "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement, self._url()]
        return self._box.run(command, env={"PGPASSWORD": self.password}).stdout.splitlines()

    def _url(self) -> str:
        return f"postgresql://{ADMIN}@{self.address}:{self.port}/postgres"


def _program(name: str) -> list[str]:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    assert found, "PostgreSQL is not installed; run `make parts`"
    return [str(found[-1])]


@contextlib.contextmanager
def postgresql(box: Sandbox) -> Iterator[PostgreSQL]:
    """Run a server; it takes connections from everywhere, by password."""
    password = secrets.token_hex(16)
    made = PostgreSQL(box.address, box.port(5432), password, box)
    data = _FOLDER / "data"
    box.run(["install", "-d", "-o", "postgres", "-g", "postgres", "-m", "0700", _FOLDER])
    box.run([*_USER, "/bin/sh", "-c", f"umask 077; cat >{_FOLDER}/password"], stdin=password)
    initialize = [*_program("initdb"), f"--pgdata={data}", f"--username={ADMIN}", "--auth=scram-sha-256", "--no-sync"]
    box.run([*_USER, *initialize, f"--pwfile={_FOLDER}/password"])
    box.run(["/bin/sh", "-c", f"echo 'host all all 0.0.0.0/0 scram-sha-256' >> {data}/pg_hba.conf"])
    settings = {"listen_addresses": box.listen, "port": made.port, "unix_socket_directories": "", "fsync": "off"}
    options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
    with box.running(
        "postgresql",
        [*_USER, *_program("postgres"), "-D", str(data), *options],
    ) as process:
        process.wait_until(lambda: _is_ready(box, made), READY_SECONDS, "PostgreSQL answers")
        yield made


def _is_ready(box: Sandbox, server: PostgreSQL) -> bool:
    command = [*_program("pg_isready"), "-q", "-h", server.address, "-p", str(server.port)]
    return box.run(command, check=False).returncode == 0
