"""The connection is cut at each byte of an answer: nothing cut off is taken for whole, and the next try fixes it.

The answers are Vault's own, over TLS; the proxy cuts what it has recorded, so that each position is of the same bytes,
and the try after it is answered by Vault. Every second cut is a TLS connection ended in order, the others are not.
"""

from __future__ import annotations

import json
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.cluster.place import DB, audited
from tests.support.vault.clock import Clock, Log
from tests.support.vault.proxy import Proxy, Scripted
from tests.support.vault.running import AGAIN, plan_of, running
from tests.support.vault.server import DATABASE
from vault.agent.api.session import Request, Session
from vault.agent.secret import Secret
from vault.contract.plan import Output, Plan, Read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.realparts import vault
    from tests.support.vault.server import VaultServer

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

READ = Request(kind="read", path=DB)
CREATE = Request(kind="create", path="transit/encrypt/shop", body=Secret(b'{"plaintext":"YQ=="}'))


class Cuts:
    """A session before the proxy, and the recorded answers; its waits take no time."""

    def __init__(self, server: VaultServer, proxy: Proxy) -> None:
        self.proxy = proxy
        self.log = Log()
        self._plan = server.session(address=proxy.address)

    def begin(self) -> Session:
        """Give a session that is not logged in."""
        return Session(self._plan, Clock().deadline(10_000), self.log)

    def recorded(self) -> bytes:
        """The answer of Vault's to what was last asked."""
        answer = self.proxy.exchanges[-1].answer
        assert answer is not None
        return answer

    def at_each_byte(self, answer: bytes) -> Iterator[int]:
        """Let the next answer be cut, at each position in turn; ends with what was asked and logged since forgotten."""
        assert len(answer) > 200
        for position in range(len(answer)):
            self.proxy.exchanges.clear()
            self.log.lines.clear()
            self.proxy.script.append(Scripted(answer, bytes_sent=position, farewell=position % 2 == 0))
            yield position
            assert len(self.proxy.exchanges) == 2, position
            assert len(self.log.lines) == 1, position


@pytest.fixture
def cuts(server: VaultServer, proxy: Proxy) -> Cuts:
    """The session and the proxy."""
    return Cuts(server, proxy)


def test_login_answer(cuts: Cuts, show: Callable[[str], None]) -> None:
    """A login whose answer is cut is repeated, and gives a token that reads."""
    session = cuts.begin()
    session.login()
    session.end(has_leases=False)
    answer, started = cuts.recorded(), time.monotonic()
    for _ in cuts.at_each_byte(answer):
        session = cuts.begin()
        session.login()
        session.end(has_leases=False)
    show(f"login answer cut at each of {len(answer)} bytes: {time.monotonic() - started:.1f} s")


def test_read_answer(cuts: Cuts, show: Callable[[str], None]) -> None:
    """A read whose answer is cut is repeated, and gives the whole secret."""
    session = cuts.begin()
    session.login()
    session.call(READ)
    answer, started = cuts.recorded(), time.monotonic()
    for position in cuts.at_each_byte(answer):
        data = session.call(READ).data
        assert data is not None, position
        assert data["data"] == DATABASE
    session.end(has_leases=False)
    show(f"read answer cut at each of {len(answer)} bytes: {time.monotonic() - started:.1f} s")


def test_creating_answer(cuts: Cuts, show: Callable[[str], None]) -> None:
    """A call that creates something is repeated once, and the log says that a lease may be left."""
    session = cuts.begin()
    session.login()
    session.call(CREATE)
    answer, started = cuts.recorded(), time.monotonic()
    for position in cuts.at_each_byte(answer):
        data = session.call(CREATE).data
        assert data is not None, position
        assert data["ciphertext"].startswith("vault:v1:")
        assert cuts.log.lines[0]["lease_may_be_left"]
    session.end(has_leases=False)
    show(f"creating answer cut at each of {len(answer)} bytes: {time.monotonic() - started:.1f} s")


# of an answer: nothing, the status line, the end of the head, the body, all but the last byte
PLACES: dict[str, Callable[[bytes], int]] = {
    "nothing": lambda _: 0,
    "within the status line": lambda _: 9,
    "after the head": lambda answer: answer.index(b"\r\n\r\n") + 4,
    "within the body": lambda answer: (answer.index(b"\r\n\r\n") + len(answer)) // 2,
    "before the last byte": lambda answer: len(answer) - 1,
}


@pytest.mark.parametrize("place", PLACES)
def test_whole_program(
    server: VaultServer, node: vault.VaultServer, proxy: Proxy, directory: Path, tmp_path: Path, place: str
) -> None:
    """Login, read and creating call are each cut once: the files are right, and one certificate more was issued."""
    session = server.session(address=proxy.address)
    plan = plan_of(session, directory, DB)
    issue_read = Read(path="pki/issue/shop", data=(("common_name", "shop.example"),))
    output = Output(directory=str(directory), name="tls.crt", mode="0444", read=1, key="certificate")
    plan = Plan(sessions=plan.sessions, reads=(*plan.reads, issue_read), outputs=(*plan.outputs, output))
    with running(plan, tmp_path / "first") as program:
        assert program.finish()[0].code == 0
    assert proxy.paths == ["auth/jwt/login", DB, "pki/issue/shop"]
    for each in list(directory.iterdir()):
        each.unlink() if each.is_symlink() else shutil.rmtree(each)
    proxy.exchanges.clear()
    issued = len(list(audited(node.audit_log, "pki/issue/shop")))

    for _ in range(3):
        # the real one is asked, as for an answer that is lost on its way, and cut
        proxy.script.extend([Scripted(None, bytes_sent=PLACES[place]), Scripted()])
    with running(plan, tmp_path / "second") as program:
        finished, _ = program.finish()
    assert finished.code == 0, finished.stderr.decode()
    tries = program.lines(AGAIN)
    assert [line["path"] for line in tries] == ["auth/jwt/login", DB, "pki/issue/shop"]
    assert [line.get("lease_may_be_left", False) for line in tries] == [False, False, True]
    assert len(list(audited(node.audit_log, "pki/issue/shop"))) == issued + 2
    assert json.loads((directory / "0").read_bytes()) == DATABASE
    assert (directory / "tls.crt").read_text().endswith("-----END CERTIFICATE-----")
    assert sorted(each.name for each in directory.iterdir() if not each.name.startswith("..")) == ["0", "tls.crt"]
    assert len([each for each in directory.iterdir() if each.name.startswith("..")]) == 2
