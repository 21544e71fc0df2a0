"""The webhook's certificates over time: no call ever meets a certificate whose authority it does not know."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webhook.config.environ import SettingsInvalid
from webhook.controller.ca import (
    KeyPair,
    is_issued_by,
    issue,
    make_authority,
    names_of,
    parse_bundle,
    parse_pair,
)
from webhook.controller.rotation import Certificates, Pace, decide, decide_serving
from webhook.controller.settings import controller_from_environ

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
NAMES = ("omamori.omamori.svc", "omamori.omamori.svc.cluster.local")
PACE = Pace(
    authority_life=timedelta(minutes=120),
    authority_renewal=timedelta(minutes=80),
    serving_life=timedelta(minutes=40),
    serving_renewal=timedelta(minutes=27),
    publishing=timedelta(minutes=1),
    settling=timedelta(minutes=5),
)
DAYS = timedelta(days=30)


@dataclass
class World:
    """Time, what is stored, and what API servers and replicas may still have of before."""

    now: datetime = START
    stored: Certificates = field(default_factory=Certificates)
    bundles: list[tuple[datetime, tuple[str, ...]]] = field(default_factory=list)
    served: list[tuple[datetime, KeyPair]] = field(default_factory=list)

    def look(self) -> None:
        """Decide and store, and remember since when the new is there."""
        wanted = decide(self.now, self.stored, NAMES, PACE)
        if wanted.trusted != self.stored.trusted or not self.bundles:
            self.bundles.append((self.now, wanted.trusted))
        if wanted.serving is not None and (not self.served or wanted.serving is not self.served[-1][1]):
            self.served.append((self.now, wanted.serving))
        self.stored = wanted

    def calls_that_fail(self) -> int:
        """Count pairs of what an API server may have and what a replica may serve where one does not know the other."""
        return sum(
            not any(is_issued_by(serving, each) for each in bundle) or serving.ends <= self.now
            for bundle in _recent(self.bundles, self.now - PACE.publishing)
            for serving in _recent(self.served, self.now - PACE.settling)
        )


def _recent(history: list, since: datetime) -> list:  # type: ignore[type-arg]  # of either kind
    """Give the last that was there at a time, and all that came after."""
    before = [each for at, each in history if at <= since]
    return [*before[-1:], *(each for at, each in history if at > since)]


_EVENTS = st.sampled_from(["", "", "", "", "authorities", "serving", "both"])


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(5, 240), _EVENTS), min_size=60, max_size=160))
def test_no_call_ever_fails(steps: list[tuple[int, str]]) -> None:
    """Through rotations of both, and with either Secret or both deleted, however late everybody sees what is new."""
    world = World()
    world.look()
    for seconds, lost in steps:
        world.now += timedelta(seconds=seconds)
        if lost in {"authorities", "both"}:
            world.stored = replace(world.stored, authorities=())
        if lost in {"serving", "both"}:
            world.stored = replace(world.stored, serving=None)
        world.look()
        assert world.calls_that_fail() == 0, (world.now - START, lost)


def test_both_are_rotated() -> None:
    """In ten lives of an authority each is made anew at two thirds of its life, and nothing old is kept."""
    world = World()
    most = 0
    authorities = set()
    for _ in range(10 * 120 * 6):
        world.look()
        most = max(most, len(world.stored.trusted))
        authorities |= {each.certificate for each in world.stored.authorities}
        world.now += timedelta(seconds=10)

    assert most == 2
    assert 12 <= len(authorities) <= 16
    assert 40 <= len(world.served) <= 70


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_an_hour_off(hours: int) -> None:
    """What was made by it is valid now, and serves until it is due; nothing is made at every look."""
    world = World(now=START + timedelta(hours=hours))
    world.look()
    made = world.stored
    world.now = START
    assert made.serving is not None
    assert (made.serving.ends > START) is (hours > 0)
    for _ in range(60):
        world.look()
        world.now += timedelta(seconds=10)
    assert len(world.served) <= 2
    assert len(world.stored.authorities) <= 2


def test_what_others_have_written_into_the_bundle_goes() -> None:
    """A foreign authority is kept as long as it may be ours of before, and not longer; a missing one comes back."""
    stranger = make_authority(START, DAYS).certificate
    world = World()
    world.look()
    world.stored = replace(world.stored, trusted=(stranger,))
    world.look()
    assert len(world.stored.trusted) == 2
    world.now += PACE.settling
    world.look()
    assert stranger not in world.stored.trusted
    assert len(world.stored.trusted) == 1


def test_a_service_of_another_name_gets_a_certificate() -> None:
    """Where the names have changed, the certificate is issued anew at once."""
    first = decide(START, Certificates(), NAMES, PACE)
    second = decide(START + PACE.publishing, first, ("other.ns.svc",), PACE)

    assert second.serving is not None
    assert names_of(second.serving) == {"other.ns.svc"}
    assert second.authorities == first.authorities


def test_openssl_takes_them() -> None:
    """A handshake as the API server makes it: by name, with both authorities of one name in the bundle."""
    old, new = make_authority(START, DAYS), make_authority(START, DAYS)
    serving = issue(new, NAMES, datetime.now(UTC), DAYS)
    trusted = ssl.create_default_context(cadata=old.certificate + new.certificate)
    parsed = parse_bundle((old.certificate + new.certificate).encode())

    assert parsed == (old.certificate, new.certificate)
    assert is_issued_by(serving, new.certificate)
    assert not is_issued_by(serving, old.certificate)
    assert parse_pair(serving.certificate.encode(), serving.key.encode()) == serving
    assert len(trusted.get_ca_certs()) == 2
    assert "PRIVATE" not in repr(serving)


def test_what_is_no_pair_is_none() -> None:
    """Garbage, an empty file, and halves of two pairs."""
    one, two = make_authority(START, DAYS), make_authority(START, DAYS)

    assert parse_pair(b"", b"") is None
    assert parse_pair(b"garbage", one.key.encode()) is None
    assert parse_pair(one.certificate.encode(), two.key.encode()) is None
    assert parse_bundle(b"garbage") == ()


LEAST = {
    "OMAMORI_CONTROLLER_NAME": "omamori",
    "OMAMORI_CONTROLLER_NAMESPACE": "system",
    "OMAMORI_CONTROLLER_SERVICE": "hook",
    "OMAMORI_CONTROLLER_IDENTITY": "pod-1",
}


def test_the_settings() -> None:
    """Names are made of one; what is missing, unknown or too short is told at once."""
    found = controller_from_environ(LEAST)

    assert found.names.hosts[0] == "hook.system.svc"
    assert (found.names.authorities, found.names.serving) == ("omamori-ca", "omamori-tls")
    short = {"OMAMORI_CONTROLLER_SERVING_SECONDS": "600", "OMAMORI_CONTROLLER_AUTHORITY_SECONDS": "900"}
    with pytest.raises(SettingsInvalid) as caught:
        controller_from_environ({**LEAST, **short, "OMAMORI_CONTROLLER_TYPO": "1", "OMAMORI_CONTROLLER_NAME": ""})
    assert [each.split()[0] for each in caught.value.mistakes] == [
        "OMAMORI_CONTROLLER_NAME",
        "OMAMORI_CONTROLLER_SERVING_SECONDS",
        "OMAMORI_CONTROLLER_AUTHORITY_SECONDS",
        "OMAMORI_CONTROLLER_TYPO",
    ]


def test_a_given_authority() -> None:
    """For years one authority signs, what is served is renewed in time, and never outlives the authority."""
    authority = make_authority(START, timedelta(hours=20))
    now, serving, made = START, decide_serving(START, authority, None, NAMES, PACE), 1
    while now < authority.ends - timedelta(minutes=1):
        newer = decide_serving(now, authority, serving, NAMES, PACE)
        made += newer is not serving
        serving = newer
        assert is_issued_by(serving, authority.certificate)
        assert now < serving.ends <= authority.ends
        now += timedelta(seconds=30)
    assert made > 20 * 60 // 40

    another = make_authority(START, timedelta(hours=20))
    assert is_issued_by(decide_serving(START, another, serving, NAMES, PACE), another.certificate)
    assert names_of(decide_serving(START, authority, serving, ("x.svc",), PACE)) == {"x.svc"}


def test_a_certificate_with_a_short_life() -> None:
    """One that ends sooner than usual, as its authority does, is renewed when two thirds of its own life are over."""
    authority = make_authority(START, timedelta(minutes=30))
    serving = decide_serving(START, authority, None, NAMES, PACE)
    assert serving.ends == authority.ends

    def newer(minutes: int) -> bool:
        return decide_serving(START + timedelta(minutes=minutes), authority, serving, NAMES, PACE) is not serving

    assert [newer(minutes) for minutes in (19, 21)] == [False, True]
