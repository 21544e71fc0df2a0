"""Decide which certificates should exist, from those that exist; no I/O, no clock.

The steps of `decide`, each of which can be interrupted and resumed:
(1) create a new authority while the old one still signs, and publish it beside the old one;
(2) sign with it once it has been published long enough for every API server to have seen it;
(3) serve what it has signed once every kubelet has updated the Secret in its Pods;
(4) then drop the old authority.
So no caller meets a certificate of an unknown authority. If nobody trusts any authority yet, there is nothing to wait
for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from webhook.controller.ca import (
    KeyPair,
    ends_of,
    is_issued_by,
    issue,
    make_authority,
    names_of,
)


@dataclass(frozen=True, slots=True)
class Pace:
    """Lifetimes, renewal ages and waiting times."""

    authority_life: timedelta = timedelta(days=365)
    authority_renewal: timedelta = timedelta(days=240)
    serving_life: timedelta = timedelta(days=30)
    serving_renewal: timedelta = timedelta(days=20)
    publishing: timedelta = timedelta(seconds=60)
    settling: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Certificates:
    """The existing authorities from old to new, the serving certificate, and what callers trust (the `caBundle`)."""

    authorities: tuple[KeyPair, ...] = ()
    serving: KeyPair | None = None
    trusted: tuple[str, ...] = ()


def decide(now: datetime, found: Certificates, names: tuple[str, ...], pace: Pace) -> Certificates:
    """Return the certificates that should exist; unchanged if nothing is due."""
    authorities = tuple(each for each in found.authorities if each.ends > now)
    if not authorities or _is_due(now, authorities[-1], pace.authority_renewal):  # (1)
        authorities = (*authorities, make_authority(now, pace.authority_life))
    signer = _signer(now, authorities, found, pace)  # (2)
    serving = found.serving
    if signer is not None and _is_to_be_issued(now, serving, signer, names, pace):
        serving = issue(signer, names, now, pace.serving_life)  # (3)
    is_settled = (
        serving is not None
        and serving is found.serving
        and signer is not None
        and is_issued_by(serving, signer.certificate)
        and now - serving.made >= pace.settling
    )
    if is_settled and signer is not None:
        authorities = authorities[authorities.index(signer) :]  # (4)
    known = tuple(each.certificate for each in authorities)
    older = tuple(each for each in found.trusted if each not in known and not is_settled and ends_of(each) > now)
    return Certificates(authorities, serving, (*known, *older))


def decide_serving(
    now: datetime, authority: KeyPair, serving: KeyPair | None, names: tuple[str, ...], pace: Pace
) -> KeyPair:
    """Return the serving certificate for an authority that somebody else keeps; unchanged if nothing is due."""
    if serving is None or _is_to_be_issued(now, serving, authority, names, pace):
        return issue(authority, names, now, min(pace.serving_life, authority.ends - now))
    return serving


def _signer(now: datetime, authorities: tuple[KeyPair, ...], found: Certificates, pace: Pace) -> KeyPair | None:
    """Return the newest authority that every caller knows. None: there is none yet, but callers know another one."""
    published = [
        each for each in authorities if each.certificate in found.trusted and now - each.made >= pace.publishing
    ]
    if published:
        return published[-1]
    return None if found.trusted else authorities[0]


def _is_to_be_issued(
    now: datetime, serving: KeyPair | None, signer: KeyPair, names: tuple[str, ...], pace: Pace
) -> bool:
    return (
        serving is None
        or serving.ends <= now
        or _is_due(now, serving, pace.serving_renewal)
        or names_of(serving) != frozenset(names)
        or not is_issued_by(serving, signer.certificate)
    )


def _is_due(now: datetime, pair: KeyPair, renewal: timedelta) -> bool:
    """Whether it is old enough, or expires early; one from the future, made by a clock that was ahead, is not due."""
    return now - pair.made >= min(renewal, (pair.ends - pair.made) * 2 / 3)
