"""Many sidecars and one Vault on DynamoDB: they come back from an outage evenly, and ask and write no more than needed.

See story.py for what they live through.
"""

from __future__ import annotations

import pytest

from tests.soak.audited import per_second
from tests.soak.story import (
    EACH,
    KINDS,
    OUTAGE_SECONDS,
    PATHS,
    RECOVERY_SECONDS,
    REFRESH_SECONDS,
    TOKEN_SECONDS,
    Story,
    lived,
)
from tests.support.scale import FULL, keep

pytestmark = [pytest.mark.real, pytest.mark.timeout(1800)]

BEFORE_SECONDS = OUTAGE_SECONDS + 45  # of the series that is kept, before the first answer after the outage
GOAL_RATIO = 3
MARGIN = 1.15  # of the mean of few random intervals
ITEMS_PER_RENEWAL = 7  # the lease, and a folder for each part of its path
HOUR = 3600


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """What happened."""
    return lived(tmp_path_factory.mktemp("stampede"))


def test_all_come_back_evenly(story: Story) -> None:
    """All recover, and the busiest second of the recovery has at most three times the mean of its seconds."""
    moments = [each.at for each in story.answers]
    recovery = per_second(moments, story.first, RECOVERY_SECONDS)
    mean = sum(recovery) / RECOVERY_SECONDS
    since, until = story.phases["steady"]
    figures = {
        "sidecars": EACH * len(KINDS),
        "reads": len(PATHS),
        "refresh_seconds": REFRESH_SECONDS,
        "outage_seconds": round(story.first - until, 1),
        "failing_in_outage": story.failing,
        "all_recovered_after_seconds": round(story.recovered - story.first, 1),
        "steady_mean_per_second": round(sum(since <= at < until for at in moments) / (until - since), 1),
        "mean_per_second": round(mean, 1),
        "peak_per_second": max(recovery),
        "peak_to_mean": round(max(recovery) / mean, 2),
        "series_from_seconds": -BEFORE_SECONDS,
        "series": per_second(moments, story.first - BEFORE_SECONDS, BEFORE_SECONDS + RECOVERY_SECONDS),
    }
    keep("stampede", figures)
    assert story.failing > EACH / 2
    if FULL:  # a second of the small run has so few that their ratio says nothing
        assert max(recovery) <= GOAL_RATIO * mean


def test_a_batch_token_is_not_stored(story: Story) -> None:
    """A login for a service token writes items to the storage, as does each renewal; one for a batch token none."""
    logins = {kind: story.asked(f"start {kind}", kind)["login"] for kind in KINDS}
    items = {kind: story.written(f"start {kind}")["tokens"] for kind in KINDS}
    steady = story.written("steady")
    renewals = story.asked("steady", "service")["renew"]
    minutes = {kind: story.intervals(kind)["token"] / 60 for kind in KINDS}
    figures = {
        "token_seconds": TOKEN_SECONDS,
        "logins": logins,
        "items_by_logins": items,
        "items_per_login": {kind: items[kind] / logins[kind] for kind in KINDS},
        "steady_minutes": round(story.minutes("steady"), 2),
        "steady_renewals_of_service_tokens": renewals,
        "steady_logins_for_batch_tokens": story.asked("steady", "batch")["login"],
        "steady_items": dict(steady),
        "items_per_renewal": round(steady["tokens"] / renewals, 2),
        "items_per_sidecar_and_minute": {
            "batch": round(items["batch"] / logins["batch"] / minutes["batch"], 2),
            "service": round(steady["tokens"] / renewals / minutes["service"], 2),
        },
    }
    keep("storage writes", figures)
    assert min(logins.values()) >= EACH
    assert items["batch"] == 0
    assert items["service"] > 0
    # nothing is left over for the logins of the others; one or two may be on the edge of the phase
    assert steady["tokens"] == pytest.approx(renewals * ITEMS_PER_RENEWAL, abs=2 * ITEMS_PER_RENEWAL)


def test_no_more_is_asked_than_needed(story: Story) -> None:
    """Vault is asked as often as the interval says, and for a token once in two thirds of its life; nothing else."""
    least = {"look": HOUR / REFRESH_SECONDS * len(PATHS), "token": HOUR / TOKEN_SECONDS}
    intervals = {kind: story.intervals(kind) for kind in KINDS}
    asked = {
        kind: {"look": HOUR / each["look"] * len(PATHS), "token": HOUR / each["token"]}
        for kind, each in intervals.items()
    }
    counted = {kind: dict(story.asked("steady", kind)) for kind in KINDS}
    figures = {
        "unit": "per sidecar and hour",
        "refresh_seconds": REFRESH_SECONDS,
        "token_seconds": TOKEN_SECONDS,
        "least": least,
        "asked": {kind: {name: round(rate, 1) for name, rate in each.items()} for kind, each in asked.items()},
        "asked_to_least": {kind: round(sum(each.values()) / sum(least.values()), 3) for kind, each in asked.items()},
        "counted_in_steady": counted,
    }
    keep("requests", figures)
    assert set(counted["batch"]) == {"look", "login"}
    assert set(counted["service"]) == {"look", "renew"}
    for each in asked.values():
        assert each["look"] < least["look"] * MARGIN
        assert each["token"] < least["token"] * 3 / 2 * MARGIN
