"""What the doctor sees of an installation, from the table tests/cases/doctor.json, and what it says of it."""

from __future__ import annotations

import base64
import copy
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from vault.report import Finding, Status
from webhook.controller.ca import issue, make_authority
from webhook.doctor.checks.all import check_cluster
from webhook.doctor.installed_settings import read_configured, with_trust
from webhook.doctor.snapshot import ClusterSnapshot, DryRun, Lookup, Place

TABLE: dict[str, Any] = json.loads((Path(__file__).parents[1] / "cases/doctor.json").read_text())
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PLACE = Place("omamori", "omamori")
HOST = "omamori.omamori.svc"
DAY = timedelta(days=1)
AUTHORITY = make_authority(NOW - 30 * DAY, 365 * DAY)
ANOTHER = make_authority(NOW - 30 * DAY, 365 * DAY)


def served(host: str = HOST, *, made: timedelta = DAY, life: timedelta = 30 * DAY) -> str:
    """A certificate in PEM, made some time ago for some time."""
    return issue(AUTHORITY, (host,), NOW - made, life).certificate


# what stands in the table for what cannot be written there
STANDINS = {
    "(the authority)": AUTHORITY.certificate,
    "(another authority)": ANOTHER.certificate,
    "(the certificate)": served(),
    "(of another name)": served("omamori.other.svc"),
    "(ended)": served(made=31 * DAY),
    "(ending)": served(made=24 * DAY),
    "(short)": served(made=timedelta(minutes=10), life=timedelta(hours=2)),
}


def filled(value: Any) -> Any:
    """Put in what stands for something."""
    if isinstance(value, dict):
        return {name: filled(each) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each) for each in value]
    return base64.b64encode(STANDINS[value].encode()).decode() if value in STANDINS else value


def seen_with(changes: dict[str, Any]) -> ClusterSnapshot:
    """What was seen, with some members changed."""
    objects = copy.deepcopy(TABLE["good"])
    for place, value in changes.items():
        *steps, last = place.split("/")
        at = objects
        for step in steps:
            at = at[int(step)] if isinstance(at, list) else at[step]
        at[int(last) if isinstance(at, list) else last] = value
    lookups = {name: lookup(name, filled(each)) for name, each in objects.items()}
    trial = lookups.pop("trial")
    return ClusterSnapshot(place=PLACE, now=NOW, trial=DryRun("shop", trial), **lookups)


def lookup(name: str, found: Any) -> Lookup:
    """A look at an object, or one that was refused."""
    refusal = "" if found is None else found.get("refusal", "")
    return Lookup(name, None if refusal else found, refusal)


def judged(seen: ClusterSnapshot) -> list[Finding]:
    """What is said of it."""
    configured = read_configured(seen.deployment.found) if seen.deployment.found else None
    settings = with_trust(configured, seen.trust) if configured else None
    return list(check_cluster(seen, configured, settings))


def unwell(findings: list[Finding]) -> dict[str, str]:
    """The checks that are not well, and how they are."""
    for each in findings:
        assert each.message
        assert bool(each.fix) is (each.status is not Status.OK), each
    return {each.check: str(each.status) for each in findings if each.status is not Status.OK}
