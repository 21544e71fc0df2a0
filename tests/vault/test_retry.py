"""The retry table on real connections: the proxy answers so first, then the real Vault answers."""

from __future__ import annotations

import pytest

from tests.support.vault.clock import Clock, Log
from tests.support.vault.proxy import CUT, CUT_AFTER_VAULT_DID_IT, HALF, Proxy, Scripted, says, says_bytes
from tests.vault.conftest import Begin
from vault.agent.api.responses import Answer
from vault.agent.api.session import Request, Session
from vault.agent.secret import Secret
from vault.contract.errors import VaultSealed, VaultUnreachable

READ = Request(kind="read", path="secret/data/shop/db")
CREATE = Request(kind="create", path="cubbyhole/made", body=Secret(b'{"a":"b"}'))
UPGRADING = "Upgrading from non-versioned to versioned data. This backend will be unavailable for a brief period"
PAGE = b"<html>upstream unavailable</html>"


@pytest.fixture
def session(begin: Begin, proxy: Proxy) -> Session:
    """A session that has logged in through the proxy."""
    made = begin(address=proxy.address, role="shop.service")
    made.login()
    proxy.exchanges.clear()
    return made


ROWS = {
    "a lost answer": CUT,
    "an answer lost on its way": HALF,
    "412": says(412, ["required index state not present"]),
    "429": says(429, ["request path rate limit quota exceeded"]),
    "429 of a proxy": says_bytes(429, PAGE),
    "500": says(500, ["local node not active but active cluster node not found"]),
    "502 of a proxy": says_bytes(502, PAGE),
    "503 sealed": says(503, ["Vault is sealed"]),
    "503 of a proxy": says_bytes(503, PAGE),
    "KV being upgraded": says(400, [UPGRADING]),
    "307 to nowhere": says(307, [], {"Location": "ftp://nowhere"}),
    "307 without a location": says_bytes(307, b"<a>Temporary Redirect</a>"),
    "no HTTP": Scripted(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", 0.99),
    "a success that is not Vault's": says_bytes(200, PAGE),
    "a success that is no JSON": says_bytes(200, b'{"data":{"a":NaN}}'),
    "a refusal that is not Vault's": says_bytes(403, PAGE),
}


@pytest.mark.parametrize("first", ROWS.values(), ids=ROWS)
def test_a_read_is_tried_again(session: Session, proxy: Proxy, clock: Clock, log: Log, first: Scripted) -> None:
    """Each outcome that may pass is followed by a wait, another try at the same address, and a line in the log."""
    proxy.script.append(first)

    answer = session.call(READ)

    assert answer.data is not None
    assert len(proxy.exchanges) == 2
    assert clock.waits == [0.125]
    assert [line["path"] for line in log.lines] == ["secret/data/shop/db"]


def test_nothing_sent_is_tried_again(begin: Begin, proxy: Proxy, clock: Clock, log: Log) -> None:
    """A connection that ends before its TLS stands is made anew, for as long as it takes."""
    proxy.hang_ups = 5

    begin(address=proxy.address).login()

    assert clock.waits == [0.125, 0.25, 0.5, 1.0, 2.0]
    assert all(line["status"] == 0 for line in log.lines)


@pytest.mark.parametrize("status", [400, 403, 404, 405])
def test_a_final_answer_is_taken_at_once(session: Session, proxy: Proxy, clock: Clock, status: int) -> None:
    """What another try cannot fix is not tried again."""
    proxy.script.append(says(status, ["no"]))

    answer: Answer = session.call(READ)

    assert (answer.status, answer.words) == (status, "no")
    assert clock.waits == []
    assert len(proxy.exchanges) == 1


DID_NOTHING = [says(307), says(412), says(429), says(503, ["Vault is sealed"])]
DID_NOTHING += [says_bytes(status, PAGE) for status in (307, 412, 429, 503)]


@pytest.mark.parametrize("first", DID_NOTHING)
def test_a_creating_call_is_repeated_where_vault_did_nothing(session: Session, proxy: Proxy, first: Scripted) -> None:
    """Vault, or a proxy before it, says that nothing was done, so doing it again leaves nothing behind."""
    proxy.script.extend([first] * 3)

    assert session.call(CREATE).status == 204
    assert len(proxy.exchanges) == 4


def test_a_creating_call_is_repeated_once_after_a_lost_answer(session: Session, proxy: Proxy, log: Log) -> None:
    """The first may have left a lease behind, which the log says; a second loss is final."""
    proxy.script.append(CUT_AFTER_VAULT_DID_IT)
    assert session.call(CREATE).status == 204
    assert log.lines[-1]["lease_may_be_left"]

    proxy.script.extend([CUT_AFTER_VAULT_DID_IT] * 3)
    with pytest.raises(VaultUnreachable):
        session.call(CREATE)
    assert len(proxy.exchanges) == 4


def test_a_creating_call_is_not_repeated_after_an_error(session: Session, proxy: Proxy, clock: Clock) -> None:
    """Vault may have created something before it failed; the message has its words."""
    proxy.script.append(says(500, ["database is on fire"]))

    with pytest.raises(VaultUnreachable, match="HTTP 500: database is on fire"):
        session.call(CREATE)

    assert clock.waits == []
    assert len(proxy.exchanges) == 1


@pytest.mark.parametrize(("header", "waited"), [("7", 7.0), ("0", 0.125), ("soon", 0.125), ("99999", 0.125)])
def test_retry_after_is_honoured(session: Session, proxy: Proxy, clock: Clock, header: str, waited: float) -> None:
    """Vault's Retry-After in seconds is the least that is waited; what is no sensible number is passed over."""
    proxy.script.append(says(429, ["slow down"], {"Retry-After": header}))

    session.call(READ)

    assert clock.waits == [waited]


def test_the_deadline_ends_it_as_unreachable(session: Session, proxy: Proxy, clock: Clock) -> None:
    """When another wait would pass the deadline, the last trouble is the error, with its status."""
    proxy.script.extend([says(500, ["no active node"])] * 100)

    with pytest.raises(VaultUnreachable, match="HTTP 500: no active node") as error:
        session.call(READ)

    assert error.value.status == 500
    assert "is Vault up at https://127.0.0.1" in error.value.hint
    assert 50 < sum(clock.waits) < 60


def test_the_deadline_ends_it_as_sealed(session: Session, proxy: Proxy) -> None:
    """A Vault that says that it is sealed until the end is sealed, not unreachable."""
    proxy.script.extend([says(500)] + [says(503, ["Vault is sealed"])] * 100)

    with pytest.raises(VaultSealed) as error:
        session.call(READ)

    assert "vault operator unseal" in error.value.hint


@pytest.mark.parametrize("words", ["permission denied", "service account name not authorized"])
def test_a_kubernetes_login_is_tried_for_30_seconds_where_the_refusal_has_no_reason(
    begin: Begin, proxy: Proxy, clock: Clock, words: str
) -> None:
    """A bare 'permission denied' may be a TokenReview that failed; it is a refusal after 30 s, any other at once."""
    proxy.script.extend([says(403, [words])] * 100)
    session = begin(seconds=300, address=proxy.address, auth_kind="kubernetes")

    answer = session.call(Request(kind="kubernetes-login", path="auth/kubernetes/login"))

    assert (answer.status, answer.words) == (403, words)
    assert (25 < sum(clock.waits) < 35) if words == "permission denied" else clock.waits == []
