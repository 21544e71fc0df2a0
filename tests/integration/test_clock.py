"""The node's clock is an hour off: certificates are judged by it, deadlines are not."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import jwt
import pytest

from tests.realparts.parts import part
from tests.support.cluster.place import DB
from tests.support.vault.proxy import running_proxy
from tests.support.vault.running import AGAIN, failed, plan_of, running, succeeded
from tests.support.vault.server import DATABASE, issue

if TYPE_CHECKING:
    from tests.support.vault.server import VaultServer

pytestmark = pytest.mark.real

HOUR = dt.timedelta(hours=1)


OFFSETS = {"ahead": HOUR, "behind": -HOUR}


@dataclass(frozen=True, slots=True)
class NodeClock:
    """The wall clock that a process started with `variables` sees; its monotonic clock is right."""

    file: Path

    @property
    def variables(self) -> dict[str, str]:
        """What the environment of the process needs."""
        return {"LD_PRELOAD": str(part("wallclock") / "wallclock.so"), "WALLCLOCK_FILE": str(self.file)}

    def differ(self, offset: dt.timedelta) -> None:
        """Let it be off, from now on."""
        made = self.file.with_suffix(".new")
        made.write_text(f"{offset.total_seconds():.0f}")
        made.rename(self.file)


@pytest.fixture
def node_clock(tmp_path: Path) -> NodeClock:
    """A clock that is right until it is told to differ."""
    return NodeClock(tmp_path / "offset")


@pytest.mark.parametrize("offset", OFFSETS)
def test_the_clock_is_off(node_clock: NodeClock, offset: str) -> None:
    """A process that is started so sees the hour in the wall clock and not in the monotonic one."""
    node_clock.differ(OFFSETS[offset])
    script = "import time; print(time.time(), time.monotonic())"
    shown = subprocess.run([sys.executable, "-c", script], env=node_clock.variables, capture_output=True, check=True)
    wall, monotonic = map(float, shown.stdout.split())
    assert abs(wall - time.time() - OFFSETS[offset].total_seconds()) < 10
    assert abs(monotonic - time.monotonic()) < 10


@pytest.mark.parametrize("offset", OFFSETS)
def test_certificate_of_a_day(
    server: VaultServer, node_clock: NodeClock, directory: Path, tmp_path: Path, offset: str
) -> None:
    """With a certificate that was issued half a day ago for a day, an hour does not matter."""
    node_clock.differ(OFFSETS[offset])
    now = dt.datetime.now(dt.UTC)
    tls = issue(server.authority, tmp_path, "127.0.0.1", not_before=now - 12 * HOUR, not_after=now + 12 * HOUR)
    with running_proxy(tls, server) as proxy:
        plan = plan_of(server.session(address=proxy.address), directory, DB)
        with running(plan, tmp_path / "log", more=node_clock.variables) as program:
            succeeded(program, directory, {"0": DATABASE})
            assert program.lines(AGAIN) == []


# begin and end of the certificate, OpenSSL's words
OUT_OF_DATE = {
    "behind": (-HOUR / 2, HOUR, "certificate is not yet valid"),
    "ahead": (-HOUR, HOUR / 2, "certificate has expired"),
}


@pytest.mark.parametrize("clock", OUT_OF_DATE)
def test_certificate_out_of_date_by_the_clock(
    server: VaultServer, node_clock: NodeClock, directory: Path, tmp_path: Path, clock: str
) -> None:
    """A certificate that is good by everybody's clock but the node's: exit 10 at the real deadline, with that hint."""
    begin, end, words = OUT_OF_DATE[clock]
    node_clock.differ(OFFSETS[clock])
    now = dt.datetime.now(dt.UTC)
    tls = issue(server.authority, tmp_path, "127.0.0.1", not_before=now + begin, not_after=now + end)
    with running_proxy(tls, server) as proxy:
        plan = plan_of(server.session(address=proxy.address), directory, DB, seconds=4)
        with running(plan, tmp_path / "log", more=node_clock.variables) as program:
            said = failed(program, directory, 10, "vault-unreachable")
            seconds = program.finish()[1]
        assert proxy.exchanges == []

        with running(plan, tmp_path / "log") as program:
            succeeded(program, directory, {"0": DATABASE})
    assert words in said["message"]
    assert "in date by this node's clock" in said["hint"]
    assert 1 < seconds < 6


@pytest.mark.parametrize("offset", OFFSETS)
def test_deadline_is_monotonic(
    server: VaultServer, node_clock: NodeClock, directory: Path, tmp_path: Path, offset: str
) -> None:
    """A clock that jumps by an hour while the program waits neither ends its waiting nor prolongs it."""
    with running_proxy(issue(server.authority, tmp_path, "127.0.0.1"), server) as proxy:
        proxy.hang_ups = 1000
        plan = plan_of(server.session(address=proxy.address), directory, DB, seconds=20)
        with running(plan, tmp_path / "log", more=node_clock.variables) as program:
            program.wait_for_tries(2)
            node_clock.differ(OFFSETS[offset])
            program.wait_for_tries(4)
            proxy.hang_ups = 0
            seconds = succeeded(program, directory, {"0": DATABASE})
            (published,) = program.lines("published")
    assert seconds < 20
    assert published["milliseconds"] / 1000 < seconds


# the claims of a token by which its issuer's clock, the node's and the API server's, differs from Vault's
SKEWS = {"an hour ahead": (HOUR, "not yet valid"), "an hour behind": (-HOUR, "expired")}


@pytest.mark.parametrize("skew", SKEWS)
def test_token_out_of_date_by_the_clock_of_vault(
    server: VaultServer, directory: Path, tmp_path: Path, skew: str
) -> None:
    """A token from a clock that is an hour off Vault's is refused by Vault, and the hint says to compare the clocks."""
    difference, words = SKEWS[skew]
    now = int(time.time() + difference.total_seconds())
    claims = jwt.decode(server.jwt(), options={"verify_signature": False})
    token = tmp_path / "token"
    dates = {"iat": now, "nbf": now, "exp": now + 600}
    token.write_text(jwt.encode({**claims, **dates}, server.signing_key, algorithm="ES256"))
    with running(plan_of(server.session(token_file=str(token)), directory, DB), tmp_path / "log") as program:
        said = failed(program, directory, 12, "login-refused")
    assert words in said["message"]
    assert "clock" in said["hint"]
