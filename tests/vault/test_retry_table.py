"""The retry table as pure values: which outcomes are tried again, how often, after how long."""

from __future__ import annotations

import pytest

from vault.agent.api.retry import LOST, NOT_SENT, ROWS, Outcome, matching_row, may_repeat, wait_seconds
from vault.agent.deadline import Deadline, OneTry

CALLS = ("kubernetes-login", "jwt-login", "aws-login", "read", "create", "unwrap")
UPGRADING = "Upgrading from non-versioned to versioned data. This backend will be unavailable for a brief period"


@pytest.mark.parametrize(
    ("outcome", "row"),
    [
        (Outcome(status=NOT_SENT), "nothing was sent"),
        (Outcome(status=LOST), "the answer was lost"),
        (Outcome(status=307), "a standby points to the active node"),
        (Outcome(status=412), "the node is behind"),
        (Outcome(status=429), "a rate limit"),
        (Outcome(status=500), "an error of the server"),
        (Outcome(status=502), "an error of the server"),
        (Outcome(status=503), "sealed, or a proxy without a Vault"),
        (Outcome(status=599), "an error of the server"),
        (Outcome(status=400, words=UPGRADING), "a KV mount being upgraded"),
    ],
)
@pytest.mark.parametrize("call", CALLS)
def test_an_outcome_that_may_pass_has_a_row(outcome: Outcome, row: str, call: str) -> None:
    """Each outcome that another try may fix is in the table, whatever the call."""
    found = matching_row(outcome, call)

    assert found is not None
    assert found.name == row


@pytest.mark.parametrize("status", [200, 204, 301, 302, 400, 401, 403, 404, 405, 409, 418])
@pytest.mark.parametrize("call", CALLS)
def test_every_other_answer_is_final(status: int, call: str) -> None:
    """An answer that will not change is not asked for again."""
    assert matching_row(Outcome(status=status, words="no"), call) is None


def test_a_bare_refusal_of_a_kubernetes_login_is_tried_for_30_seconds() -> None:
    """Vault says the same when it cannot reach the API server; with any other words, or another call, it is final."""
    outcome = Outcome(status=403, words="permission denied")
    row = matching_row(outcome, "kubernetes-login")

    assert row is not None
    assert may_repeat(row, "kubernetes-login", 5, 29.9)
    assert not may_repeat(row, "kubernetes-login", 1, 30)
    assert matching_row(outcome.replace(words="1 error occurred: permission denied"), "kubernetes-login") is None
    assert [call for call in CALLS if matching_row(outcome, call)] == ["kubernetes-login"]


@pytest.mark.parametrize("status", [NOT_SENT, 307, 412, 429, 503])
def test_a_creating_call_is_repeated_where_vault_did_nothing(status: int) -> None:
    """Where nothing was sent, or Vault says that it did nothing, another try leaves nothing behind."""
    row = matching_row(Outcome(status=status), "create")

    assert row is not None
    assert may_repeat(row, "create", 100, 100)


def test_a_creating_call_is_repeated_once_after_a_lost_answer() -> None:
    """One lease may be left behind, not one a second; a read is repeated on."""
    row = matching_row(Outcome(status=LOST), "create")

    assert row is not None
    assert [may_repeat(row, "create", tries, 0) for tries in (1, 2, 3)] == [True, False, False]
    assert may_repeat(row, "read", 100, 100)


def test_what_is_given_once_is_not_taken_twice() -> None:
    """After a lost answer nothing is left to take; where Vault did nothing, it is asked again."""
    assert [
        row is not None and may_repeat(row, "unwrap", 1, 0)
        for row in (matching_row(Outcome(status=status), "unwrap") for status in (LOST, 500, NOT_SENT, 307, 429, 503))
    ] == [False, False, True, True, True, True]


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_creating_call_is_not_repeated_after_an_error_of_the_server(status: int) -> None:
    """Vault may have created something before it failed."""
    row = matching_row(Outcome(status=status), "create")

    assert row is not None
    assert not may_repeat(row, "create", 1, 0)
    assert may_repeat(row, "read", 100, 100)


def test_every_row_can_be_reached() -> None:
    """No row stands behind another that takes all of it."""
    for row in ROWS:
        outcome = Outcome(status=row.last, words=row.exact_words or row.words)
        reached = [matching_row(outcome.replace(status=status), row.only or "read") for status in (row.first, row.last)]
        assert row in reached


def test_waits_double_up_to_five_seconds() -> None:
    """The bounds of the waits; the clock takes half of one to all of it."""
    bounds = [wait_seconds(tries, Outcome(status=500)) for tries in range(1, 9)]

    assert bounds == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0]
    assert wait_seconds(10_000, Outcome(status=500)) == 5.0


@pytest.mark.parametrize("random", [0.0, 0.5, 0.996])
def test_retry_after_is_waited_for(random: float) -> None:
    """Whatever the chance, the wait is no shorter than Vault asks, and no longer than twice that."""
    slept: list[float] = []
    deadline = Deadline(100, now=lambda: 0.0, sleep=slept.append, random=lambda: random)

    assert deadline.wait(wait_seconds(1, Outcome(status=429, retry_after=7)))
    assert 7 <= slept[0] <= 14


def test_a_wait_that_would_end_after_the_deadline_is_not_begun() -> None:
    """Nobody is helped by sleeping until it is too late."""
    slept: list[float] = []
    deadline = Deadline(5, now=lambda: 0.0, sleep=slept.append, random=lambda: 0.0)

    assert deadline.wait(9.9)
    assert not deadline.wait(10)
    assert slept == [4.95]


def test_chance_is_spread_over_the_whole_wait() -> None:
    """The clock's own chance gives waits between half and all, and not always the same."""
    slept: list[float] = []
    deadline = Deadline(1000, now=lambda: 0.0, sleep=slept.append)
    for _ in range(200):
        deadline.wait(8)

    assert 4 <= min(slept) < max(slept) <= 8
    assert len({round(each, 1) for each in slept}) > 20


def test_one_try_does_not_wait() -> None:
    """The wait that was due, a Retry-After in it, is the caller's to make."""
    once = OneTry(100)

    assert not once.wait(wait_seconds(1, Outcome(status=429, retry_after=7)))
    assert once.asked == 14
