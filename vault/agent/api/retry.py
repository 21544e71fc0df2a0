"""Which outcomes of a call are tried again. The table below is all of it, and each row has a test of its own.

A call "creates" something when trying it twice leaves something behind: credentials with a lease, a certificate. It is
repeated only where Vault certainly did nothing, and once where the answer was lost; what takes a thing that is given
once ("unwrap") not even then. So does a path that nobody knows:
before it is given up, Vault is asked for its mount, and what only stores is read again (mounts.py).

What no row matches is final: other 400, 403, 404, 405.
"""

from __future__ import annotations

from vault.contract.values import Value

NOT_SENT = -1
LOST = 0

ALWAYS = "always"
ONCE = "once"
NEVER = "never"


class Outcome(Value):
    """How a try ended: an HTTP status with Vault's words, or NOT_SENT or LOST. `retry_after` is in seconds."""

    status: int
    words: str = ""
    retry_after: int = 0


class Row(Value):
    """One row. `words` are contained in Vault's, `exact_words` are all of them; `only` is a kind of call."""

    name: str
    first: int
    last: int
    words: str = ""
    exact_words: str = ""
    only: str = ""
    within_seconds: int = 0
    otherwise: str = ALWAYS
    creating: str = ALWAYS


ROWS = (
    Row(name="nothing was sent", first=NOT_SENT, last=NOT_SENT),
    Row(name="the answer was lost", first=LOST, last=LOST, creating=ONCE),
    Row(name="a standby points to the active node", first=307, last=307),
    Row(name="the node is behind", first=412, last=412),
    Row(name="a rate limit", first=429, last=429),
    Row(name="sealed, or a proxy without a Vault", first=503, last=503),
    Row(name="an error of the server", first=500, last=599, creating=NEVER),
    Row(name="a KV mount being upgraded", first=400, last=400, words="Upgrading from non-versioned"),
    # Vault says the same when it cannot reach the API server for the TokenReview, and when the token is refused
    Row(
        name="a TokenReview that failed",
        first=403,
        last=403,
        exact_words="permission denied",
        only="kubernetes-login",
        within_seconds=30,
    ),
)

_FIRST_WAIT_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 5.0


def matching_row(outcome: Outcome, call: str) -> Row | None:
    """Find the row of an outcome, or None where it is final.

    `call`: kubernetes-login, jwt-login and so on, read, create or unwrap.
    """
    for row in ROWS:
        if (
            row.first <= outcome.status <= row.last
            and row.words in outcome.words
            and row.exact_words in ("", outcome.words)
            and row.only in ("", call)
        ):
            return row
    return None


def may_repeat(row: Row, call: str, tries: int, seconds: float) -> bool:
    """Whether to try again: `tries` calls ended this way so far, over `seconds`."""
    allowed = row.creating if call in ("create", "unwrap") else row.otherwise
    if call == "unwrap" and allowed == ONCE:
        return False
    if row.within_seconds and seconds >= row.within_seconds:
        return False
    return allowed == ALWAYS or (allowed == ONCE and tries <= 1)


def wait_seconds(tries: int, outcome: Outcome) -> float:
    """How long to wait at most before the next try; the clock takes half of it to all of it, at random.

    Retry-After is a lower bound, so twice of it is the upper one.
    """
    doubled = min(_FIRST_WAIT_SECONDS * 2 ** min(tries - 1, 10), _LONGEST_WAIT_SECONDS)
    return float(max(doubled, 2 * outcome.retry_after))
