"""The sidecar's machine, by scenarios: what it does and says in outages, refusals, at ends, after jumps of the clock.

Each row of a scenario lets some time pass with outcomes other than the good ones, and has the calls that are made then,
and the events. The clock is the test's; jitter is 0.5, so that an interval of 60 s is 60 s, the token of an hour is due
after 2400 s, and waits after failures are 1 s, 30 s, 48 s.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import pytest

from tests.support.vault import machine as m
from tests.support.vault.machine import kv, leased, polled, world
from vault.agent.sidecar.machine.messages import (
    ANSWERS_AGAIN,
    FILES_FAILED,
    FILES_PUBLISHED,
    LEASE_NOT_RENEWED,
    LEFT_OUT,
    LOG_IN,
    LOGGED_IN_AGAIN,
    METADATA_REFUSED,
    NOTIFY,
    POLL,
    PUBLISH,
    READ,
    READ_FAILED,
    READ_RECOVERED,
    RENEW_LEASE,
    RENEW_TOKEN,
    RESTART,
    REVOKE_OLD,
    UNAVAILABLE,
    Failed,
    Published,
    Renewed,
)
from vault.contract import plan
from vault.contract.errors import CannotWrite, KeyMissing

Row: TypeAlias = tuple[float, dict[str, Any], list[str], list[str]]

START = [LOG_IN, READ, PUBLISH]
CREDS = {"read": leased()}
NOT_RENEWED = Renewed(seconds=0)
MISSING = Published(rejected=((0, KeyMissing("there is no key a")),))
FULL = Failed(failure=CannotWrite("the volume is full"))
SIGNAL = {"on_change": "signal"}

SCENARIOS: dict[str, tuple[dict[str, Any], list[Row]]] = {
    "an outage while polling: retried soon, then within a minute; said once, and once when it is over": (
        {},
        [
            (0, {}, START, [FILES_PUBLISHED]),
            (60, {"poll": m.AWAY}, [POLL], [UNAVAILABLE]),
            (90, {"poll": m.AWAY}, [POLL, POLL, POLL], []),
            (60, {}, [POLL], [ANSWERS_AGAIN]),
        ],
    ),
    "Vault is sealed in an outage: the new reason is said": (
        {},
        [
            (0, {}, START, [FILES_PUBLISHED]),
            (60, {"poll": m.AWAY}, [POLL], [UNAVAILABLE]),
            (1.5, {"poll": m.SEALED}, [POLL], [UNAVAILABLE]),
            (60, {}, [POLL], [ANSWERS_AGAIN]),
        ],
    ),
    "an outage while the token is renewed: the same call is made again": (
        {"reads": [plan.Read(path="secret/data/a", version=1)]},
        [
            (0, {}, START, [FILES_PUBLISHED]),
            (2400, {"renew_token": m.AWAY}, [RENEW_TOKEN], [UNAVAILABLE]),
            (60, {}, [RENEW_TOKEN], [ANSWERS_AGAIN]),
        ],
    ),
    "an outage while a lease is renewed: no wait is longer than a third of what is left": (
        {"reads": ["db/creds/a"]},
        [
            (0, CREDS, START, [FILES_PUBLISHED]),
            (600, {"renew_lease": m.AWAY}, [RENEW_LEASE], [UNAVAILABLE]),
            (298, {"renew_lease": m.AWAY}, [RENEW_LEASE] * 15, []),
            (2, {}, [RENEW_LEASE], [ANSWERS_AGAIN]),
        ],
    ),
    "an engine fails: its read is retried, later each time, and Vault as a whole once": (
        {"reads": ["db/creds/a"]},
        [
            (0, {"read": leased(renewable=False)}, START, [FILES_PUBLISHED]),
            (600, {"read": m.ERROR}, [READ], [UNAVAILABLE, READ_FAILED]),
            (10, {"read": m.ERROR}, [READ], [ANSWERS_AGAIN]),
            (60, {"read": leased("two", renewable=False)}, [READ, PUBLISH], [FILES_PUBLISHED, READ_RECOVERED]),
        ],
    ),
    "a rate limit: its Retry-After is waited for": (
        {},
        [
            (0, {}, START, [FILES_PUBLISHED]),
            (61, {"poll": m.LATER}, [POLL], [UNAVAILABLE, READ_FAILED]),
            (28, {}, [], []),
            (3, {}, [POLL], [ANSWERS_AGAIN, READ_RECOVERED]),
        ],
    ),
    "the token is refused: a new login at once, and the same call again": (
        {},
        [
            (0, {}, START, [FILES_PUBLISHED]),
            (60, {"poll": polled(status=403).replace(token_refused=True)}, [POLL, LOG_IN], [LOGGED_IN_AGAIN]),
            (2, {}, [POLL], []),
        ],
    ),
    "a token is refused that is new: the read is refused, and there is no login after the other": (
        {},
        [
            (0, {}, START, [FILES_PUBLISHED]),
            (60, {"poll": m.DEAD}, [POLL, LOG_IN], [LOGGED_IN_AGAIN]),
            (0.985, {"poll": m.DEAD}, [POLL], [READ_FAILED]),
            (50, {"read": m.DEAD}, [], []),
        ],
    ),
    "the login is refused: what the old token can do goes on until it expires": (
        {},
        [
            (0, {"log_in": m.batch()}, START, [FILES_PUBLISHED]),
            (2390, {}, [POLL] * 39, []),
            (70, {"log_in": m.NO_LOGIN}, [LOG_IN, POLL, LOG_IN, LOG_IN, POLL], [UNAVAILABLE]),
            (60, {"log_in": m.batch()}, [LOG_IN, POLL], [LOGGED_IN_AGAIN, ANSWERS_AGAIN]),
        ],
    ),
    "a token that is not renewed: a new login at once, and the old token is revoked": (
        {"reads": [plan.Read(path="secret/data/a", version=1)]},
        [
            (0, {}, START, [FILES_PUBLISHED]),
            (2401, {"renew_token": NOT_RENEWED}, [RENEW_TOKEN, LOG_IN, REVOKE_OLD], [LOGGED_IN_AGAIN]),
        ],
    ),
    "a token that is not renewed, with leases: they are read again, and the old token is left to expire": (
        {"reads": ["db/creds/a"]},
        [
            (0, {"read": leased(seconds=3600)}, START, [FILES_PUBLISHED]),
            (
                2401,
                {"renew_token": NOT_RENEWED, "read": leased("two", seconds=3600), "renew_lease": Renewed(seconds=3600)},
                [RENEW_TOKEN, LOG_IN, READ, PUBLISH],
                [LOGGED_IN_AGAIN, FILES_PUBLISHED],
            ),
        ],
    ),
    "a lease that is renewed": (
        {"reads": ["db/creds/a"]},
        [(0, CREDS, START, [FILES_PUBLISHED]), (600, CREDS, [RENEW_LEASE], []), (599, CREDS, [], [])],
    ),
    "a lease that cannot be renewed: there is a new one": (
        {"reads": ["db/creds/a"]},
        [
            (0, CREDS, START, [FILES_PUBLISHED]),
            (
                601,
                {"renew_lease": NOT_RENEWED, "read": leased("two")},
                [RENEW_LEASE, READ, PUBLISH],
                [LEASE_NOT_RENEWED, FILES_PUBLISHED],
            ),
        ],
    ),
    "a lease near its max TTL: a renewal gives less, so it is replaced within a third of that": (
        {"reads": ["db/creds/a"]},
        [
            (0, CREDS, START, [FILES_PUBLISHED]),
            (601, {"renew_lease": Renewed(seconds=300)}, [RENEW_LEASE], []),
            (51, {"read": leased("two")}, [READ, PUBLISH], [FILES_PUBLISHED]),
        ],
    ),
    "a lease that is not renewable is replaced at two thirds": (
        {"reads": ["db/creds/a"]},
        [
            (0, {"read": leased(renewable=False)}, START, [FILES_PUBLISHED]),
            (598, {}, [], []),
            (3, {"read": leased("two", renewable=False)}, [READ, PUBLISH], [FILES_PUBLISHED]),
        ],
    ),
    "a lease of a batch token is replaced by a new login, since it ends with the token": (
        {"reads": [plan.Read(path="db/creds/a", allows_short_lease=True)]},
        [
            (0, {"log_in": m.batch(), "read": leased(seconds=900)}, START, [FILES_PUBLISHED]),
            (
                601,
                {"log_in": m.batch(), "read": leased("two")},
                [LOG_IN, READ, PUBLISH],
                [LOGGED_IN_AGAIN, FILES_PUBLISHED],
            ),
        ],
    ),
    "a lease that is refused now is tried again, in good time before it ends": (
        {"reads": ["db/creds/a"]},
        [
            (0, {"read": leased(seconds=90, renewable=False)}, START, [FILES_PUBLISHED]),
            (61, {"read": m.REFUSED}, [READ], [READ_FAILED]),
            (20, {"read": m.REFUSED}, [READ] * 3, []),
            (5, {"read": leased("two", 90, renewable=False)}, [READ, PUBLISH], [FILES_PUBLISHED, READ_RECOVERED]),
        ],
    ),
    "a secret is deleted, and restored: the files stay, and nothing is published": (
        {},
        [
            (0, {}, START, [FILES_PUBLISHED]),
            (60, {"poll": polled(2), "read": m.DELETED}, [POLL, READ], [READ_FAILED]),
            (130, {"read": m.DELETED}, [READ, READ], []),
            (60, {}, [READ], [READ_RECOVERED]),
        ],
    ),
    "a secret is wiped out, and written again with the same version": (
        {},
        [
            (0, {}, START, [FILES_PUBLISHED]),
            (
                60,
                {"poll": polled().replace(stamp=(1, "2027", "", False)), "read": kv("two")},
                [POLL, READ, PUBLISH],
                [FILES_PUBLISHED],
            ),
        ],
    ),
    "an optional secret comes, and goes": (
        {"optional": True},
        [
            (0, {"read": m.DELETED}, START, [LEFT_OUT, FILES_PUBLISHED]),
            (121, {"read": m.DELETED}, [READ, READ], []),
            (60, {}, [READ, PUBLISH], [FILES_PUBLISHED]),
            (60, {"poll": polled(2), "read": m.DELETED}, [POLL, READ], [READ_FAILED]),
        ],
    ),
    "its metadata is refused: it is read at each interval, and that is said once": (
        {},
        [
            (0, {}, START, [FILES_PUBLISHED]),
            (60, {"poll": polled(status=403)}, [POLL, READ], [METADATA_REFUSED]),
            (130, {}, [READ, READ], []),
        ],
    ),
    "the clock jumps, as after a suspend: the token has ended, the lease too, and both are replaced": (
        {"reads": ["db/creds/a"]},
        [
            (0, CREDS, START, [FILES_PUBLISHED]),
            (-(10**5), {"read": leased("two")}, [LOG_IN, READ, PUBLISH], [LOGGED_IN_AGAIN, FILES_PUBLISHED]),
        ],
    ),
    "the clock jumps over an interval: each thing is done once, not once for each interval": (
        {},
        [(0, {}, START, [FILES_PUBLISHED]), (-1000, {}, [POLL], [])],
    ),
    "the clock stands still in a suspend: the token has ended, and Vault says so": (
        {"reads": ["db/creds/a"]},
        [
            (0, CREDS, START, [FILES_PUBLISHED]),
            (
                603,
                {"renew_lease": NOT_RENEWED.replace(token_refused=True), "read": leased("two")},
                [RENEW_LEASE, LOG_IN, READ, PUBLISH],
                [LOGGED_IN_AGAIN, FILES_PUBLISHED],
            ),
        ],
    ),
    "a key is removed: the files stay, it is said once, and the next version is published": (
        {},
        [
            (0, {}, START, [FILES_PUBLISHED]),
            (60, {"poll": polled(2), "read": kv("x", 2), "publish": MISSING}, [POLL, READ, PUBLISH], [READ_FAILED]),
            (61, {"read": kv("x", 2), "publish": MISSING}, [READ, PUBLISH], []),
            (60, {"read": kv("y", 3)}, [READ, PUBLISH], [FILES_PUBLISHED, READ_RECOVERED]),
        ],
    ),
    "a volume that is full: it is tried again, and what was read is not lost": (
        {},
        [
            (0, {}, START, [FILES_PUBLISHED]),
            (
                60,
                {"poll": polled(2), "read": kv("two", 2), "publish": FULL},
                [POLL, READ, PUBLISH],
                [FILES_FAILED],
            ),
            (2, {"publish": FULL}, [PUBLISH], []),
            (40, {}, [PUBLISH], [FILES_PUBLISHED]),
        ],
    ),
    "on-change is signal: sent after each change, and not for the first files ever": (
        SIGNAL,
        [
            (0, {"publish": Published(files=1, directories=1, is_first=True)}, START, [FILES_PUBLISHED]),
            (60, {"poll": polled(2), "read": kv("two", 2)}, [POLL, READ, PUBLISH, NOTIFY], [FILES_PUBLISHED]),
            (60, {"poll": polled(3), "read": kv("two", 3)}, [POLL, READ], []),
        ],
    ),
    "on-change is signal: sent at a start that replaces the files of an earlier run": (
        SIGNAL,
        [(0, {}, [*START, NOTIFY], [FILES_PUBLISHED])],
    ),
    "on-change is restart: for each change but those of the start": (
        {"on_change": "restart"},
        [
            (0, {}, START, [FILES_PUBLISHED]),
            (60, {"poll": polled(2), "read": kv("two", 2)}, [POLL, READ, PUBLISH, RESTART], [FILES_PUBLISHED]),
        ],
    ),
}


@pytest.mark.parametrize(("start", "rows"), SCENARIOS.values(), ids=SCENARIOS)
def test_a_scenario(start: dict[str, Any], rows: list[Row]) -> None:
    """Row by row: the calls that are made, and the events. A negative time is a jump of the clock."""
    begun = {**start}
    running = world(*begun.pop("reads", []), **begun)
    for number, (seconds, outcomes, calls, events) in enumerate(rows):
        if seconds < 0:
            running.now -= seconds
        made = running.run(max(seconds, 0) + 0.1, **outcomes)
        assert (made, running.events()) == (calls, events), f"row {number}"
