"""What certificates there should be now, decided from those that there are; no I/O, no clock.

The steps of `decide`, each of which can be left and come back to:
(1) a new authority comes while the old one still signs, and is published beside it;
(2) it signs once it has been published long enough for every API server to have seen it;
(3) what it has signed is served once every kubelet has brought it to its Pods;
(4) then the old authority is dropped.
So a call never meets a certificate whose authority it does not know. Where nobody trusts anything yet, nothing is
waited for.
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
    """How long things live, after how long they are made anew, and how long what is new is waited for."""

    authority_life: timedelta = timedelta(days=365)
    authority_renewal: timedelta = timedelta(days=240)
    serving_life: timedelta = timedelta(days=30)
    serving_renewal: timedelta = timedelta(days=20)
    publishing: timedelta = timedelta(seconds=60)
    settling: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Certificates:
    """What there is: authorities from old to new, the serving certificate, and what callers trust (the `caBundle`)."""

    authorities: tuple[KeyPair, ...] = ()
    serving: KeyPair | None = None
    trusted: tuple[str, ...] = ()


def decide(now: datetime, found: Certificates, names: tuple[str, ...], pace: Pace) -> Certificates:
    """Return what there should be. The same where nothing is due."""
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
    """Return what is to be served where the authority is somebody else's, and stays: the same where nothing is due."""
    if serving is None or _is_to_be_issued(now, serving, authority, names, pace):
        return issue(authority, names, now, min(pace.serving_life, authority.ends - now))
    return serving


def _signer(now: datetime, authorities: tuple[KeyPair, ...], found: Certificates, pace: Pace) -> KeyPair | None:
    """Return the newest authority that every caller knows; None: there is none yet, and callers that know another."""
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
    """Whether it is old enough, or near an end that came early; one from the future, of a clock ahead, is not old."""
    return now - pair.made >= min(renewal, (pair.ends - pair.made) * 2 / 3)
