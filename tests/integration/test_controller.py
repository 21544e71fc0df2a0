"""`omamori controller` and a real API server that calls a real webhook: certificates come, change and come back."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509

from tests.integration.controllers import NAME, NAMESPACE, Place, controller, served, start_over
from tests.realparts.parts import part
from tests.support.scale import keep, scaled
from tests.support.waiting import wait_until
from webhook.controller.ca import BACKDATED, make_authority, parse_bundle, parse_pair

pytestmark = [pytest.mark.real, pytest.mark.timeout(0)]

MOST_GARBAGE = 100  # characters
LOAD_SECONDS = scaled(20, 600)
# a serving certificate every half minute (in the small run: every 4 s), an authority every minute
ROTATION = scaled(4, 30)
PACE = {
    "AUTHORITY_SECONDS": ROTATION * 12,
    "AUTHORITY_RENEWAL_SECONDS": ROTATION * 2,
    "SERVING_SECONDS": ROTATION * 6,
    "SERVING_RENEWAL_SECONDS": ROTATION,
    "PUBLISHING_SECONDS": 3,
    "SETTLING_SECONDS": 5,
    "LOOK_SECONDS": 1,
}


def test_certificates_come_and_change_under_load(certified: Place, show: Callable[[str], None]) -> None:
    """Two controllers, one leader; through rotations of both kinds no call fails; faults fix themselves."""
    with controller(certified, 1, PACE), controller(certified, 2, PACE), served(certified):
        certified.failures.clear()
        certified.calls = 0
        bundles, certificates = {certified.bundle()}, {certified.secret(f"{NAME}-tls")["tls.crt"]}
        started = time.monotonic()
        while time.monotonic() - started < LOAD_SECONDS:
            certified.call()
            bundles.add(certified.bundle())
            certificates.add(certified.secret(f"{NAME}-tls").get("tls.crt", ""))
        figures: dict[str, Any] = {
            "seconds": LOAD_SECONDS,
            "calls": certified.calls,
            "failed": len(certified.failures),
            "serving_certificates": len(certificates),
            "bundles": len(bundles),
        }
        assert certified.failures == []
        assert len(certificates) >= LOAD_SECONDS / ROTATION / 2
        assert len(bundles) >= 3
        # one stays known while a certificate by it may be in use
        most = PACE["SERVING_SECONDS"] / PACE["AUTHORITY_RENEWAL_SECONDS"] + 1
        assert 1 < max(len(parse_bundle(each.encode())) for each in bundles) <= most
        figures["recovery_seconds"] = {name: _recovery(certified, fault) for name, fault in FAULTS.items()}
        show(json.dumps(figures))
        keep("certificates", figures)


def _recovery(place: Place, fault: Callable[[Place], None]) -> float:
    """Plant a fault, and measure until all is there again and a call works."""
    fault(place)
    started = time.monotonic()

    def fixed() -> bool:
        halves = [place.secret(f"{NAME}-tls").get(f"tls.{each}", "") for each in ("crt", "key")]
        is_served = parse_pair(*map(base64.b64decode, halves)) is not None
        authorities = place.secret(f"{NAME}-ca")
        are_there = authorities and all(len(each) > MOST_GARBAGE for each in authorities.values())
        return is_served and bool(are_there and parse_bundle(place.bundle().encode())) and place.call()

    wait_until(fixed, 60, "it has fixed itself")
    return round(time.monotonic() - started, 1)


def _delete(*names: str) -> Callable[[Place], None]:
    def delete(place: Place) -> None:
        for name in names:
            place.api.kubectl("delete", "secret", f"{NAME}-{name}", "-n", NAMESPACE)

    return delete


def _overwrite(name: str, data: dict[str, str]) -> Callable[[Place], None]:
    def overwrite(place: Place) -> None:
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
        patch = json.dumps({"data": encoded})
        place.api.kubectl("patch", "secret", f"{NAME}-{name}", "-n", NAMESPACE, "--type=merge", "-p", patch)

    return overwrite


def _trust(text: str) -> Callable[[Place], None]:
    def trust(place: Place) -> None:
        value = base64.b64encode(text.encode()).decode()
        patch = json.dumps([{"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": value}])
        place.api.kubectl("patch", "mutatingwebhookconfiguration", NAME, "--type=json", "-p", patch)

    return trust


def test_a_key_that_has_leaked(certified: Place) -> None:
    """Both Secrets are deleted and `caBundle` emptied: what comes in their place is served, and the old not trusted."""
    with controller(certified, 4, PACE), served(certified):
        known = set(parse_bundle(certified.bundle().encode()))
        _delete("ca", "tls")(certified)
        patch = json.dumps([{"op": "remove", "path": "/webhooks/0/clientConfig/caBundle"}])
        certified.api.kubectl("patch", "mutatingwebhookconfiguration", NAME, "--type=json", "-p", patch)
        wait_until(lambda: certified.bundle() and certified.call(), 60, "a call works again")
        assert not known & set(parse_bundle(certified.bundle().encode()))


def _stranger() -> str:
    return make_authority(datetime.now(UTC), timedelta(days=1)).certificate


FAULTS: dict[str, Callable[[Place], None]] = {
    "the authorities' Secret is deleted": _delete("ca"),
    "the serving Secret is deleted": _delete("tls"),
    "both are deleted": _delete("ca", "tls"),
    "the authorities' Secret holds garbage": _overwrite("ca", {"authority-1.crt": "x", "authority-1.key": "y"}),
    "the serving Secret holds garbage": _overwrite("tls", {"tls.crt": "x", "tls.key": "y"}),
    "caBundle is somebody else's": _trust(_stranger()),
}


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_a_clock_that_is_an_hour_off(certified: Place, seconds: int) -> None:
    """What such a controller makes from nothing is served, and taken by an API server whose clock is right."""
    (certified.box.folder / "clock").write_text(str(seconds))
    clock = {
        "LD_PRELOAD": str(part("wallclock") / "wallclock.so"),
        "WALLCLOCK_FILE": str(certified.box.folder / "clock"),
    }
    start_over(certified)
    with controller(certified, 3, {"LOOK_SECONDS": 1}, **clock), served(certified):
        leaf = x509.load_pem_x509_certificate(base64.b64decode(certified.secret(f"{NAME}-tls")["tls.crt"]))
        made = leaf.not_valid_before_utc + BACKDATED
        assert abs((made - datetime.now(UTC)).total_seconds() - seconds) < 300
        assert certified.call()
