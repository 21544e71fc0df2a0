"""Settings of the controller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from webhook.config.environ import Variables
from webhook.config.parsers import Choice, Number, parse_text
from webhook.config.row import required, row
from webhook.controller.rotation import Pace
from webhook.controller.store import Names

Authority = Literal["own", "given"]
_AUTHORITIES: tuple[Authority, ...] = get_args(Authority)
_SECONDS = Number(1, 3650 * 86400)
_DAY = 86400


@dataclass(frozen=True, slots=True)
class ControllerSettings:
    """What the controller keeps, its identity, and how often it checks; times are in seconds.

    With a `given` authority it makes only the serving certificate, neither an authority nor `caBundle`.
    """

    name: str = required(
        "CONTROLLER_NAME",
        parse_text,
        "name of the webhook configuration; the Secrets and the Lease are named after it",
        example="omamori",
    )
    namespace: str = required(
        "CONTROLLER_NAMESPACE", parse_text, "namespace of the Service and the Secrets", example="omamori"
    )
    service: str = required(
        "CONTROLLER_SERVICE", parse_text, "the webhook's Service; the certificate is for its name", example="omamori"
    )
    identity: str = required(
        "CONTROLLER_IDENTITY",
        parse_text,
        "identity of this controller among several: the Pod's name",
        example="omamori-controller-0",
    )
    authority: Authority = row(
        "CONTROLLER_AUTHORITY",
        Choice(_AUTHORITIES),
        "own",
        "`given`: the authority is in a Secret that you made, and `caBundle` is yours to set; the controller renews "
        "the serving certificate alone",
        chart="certificates.authority",
    )
    authority_seconds: int = row(
        "CONTROLLER_AUTHORITY_SECONDS",
        _SECONDS,
        365 * _DAY,
        "how long an authority is valid",
        unset="a year",
        chart="controller.authoritySeconds",
    )
    authority_renewal_seconds: int = row(
        "CONTROLLER_AUTHORITY_RENEWAL_SECONDS",
        _SECONDS,
        0,
        "age at which a new one is made",
        unset="two thirds of it",
        chart="controller.authorityRenewalSeconds",
    )
    serving_seconds: int = row(
        "CONTROLLER_SERVING_SECONDS",
        _SECONDS,
        30 * _DAY,
        "how long the serving certificate is valid",
        unset="30 days",
        chart="controller.servingSeconds",
    )
    serving_renewal_seconds: int = row(
        "CONTROLLER_SERVING_RENEWAL_SECONDS",
        _SECONDS,
        0,
        "age at which it is renewed",
        unset="two thirds of it",
        chart="controller.servingRenewalSeconds",
    )
    publishing_seconds: int = row(
        "CONTROLLER_PUBLISHING_SECONDS",
        _SECONDS,
        60,
        "how long a new authority is in `caBundle` before it signs: what the slowest API server takes",
        chart="controller.publishingSeconds",
    )
    settling_seconds: int = row(
        "CONTROLLER_SETTLING_SECONDS",
        _SECONDS,
        300,
        "how long an old one stays trusted after that: as long as the slowest kubelet needs to update a Secret in its "
        "Pods",
        chart="controller.settlingSeconds",
    )
    look_seconds: int = row(
        "CONTROLLER_LOOK_SECONDS", Number(1, 3600), 10, "interval between checks", chart="controller.lookSeconds"
    )

    @property
    def names(self) -> Names:
        """The names of the objects that it keeps."""
        return Names(
            namespace=self.namespace,
            configuration=self.name,
            service=self.service,
            authorities=f"{self.name}-ca",
            serving=f"{self.name}-tls",
        )

    @property
    def lease(self) -> str:
        """The Lease that elects one of several controllers."""
        return f"{self.name}-controller"

    @property
    def pace(self) -> Pace:
        """Lifetimes and renewal ages."""
        return Pace(
            authority_life=timedelta(seconds=self.authority_seconds),
            authority_renewal=_renewal(self.authority_renewal_seconds, self.authority_seconds),
            serving_life=timedelta(seconds=self.serving_seconds),
            serving_renewal=_renewal(self.serving_renewal_seconds, self.serving_seconds),
            publishing=timedelta(seconds=self.publishing_seconds),
            settling=timedelta(seconds=self.settling_seconds),
        )


def controller_from_environ(environ: Mapping[str, str]) -> ControllerSettings:
    """Read the settings. Raises SettingsInvalid with every mistake at once."""
    variables = Variables(environ)
    settings = variables.read(ControllerSettings)
    _check_pace(variables, settings.pace, timedelta(seconds=settings.look_seconds))
    variables.finish()
    return settings


def _renewal(stated_seconds: int, life_seconds: int) -> timedelta:
    return timedelta(seconds=stated_seconds or life_seconds * 2 // 3)


def _check_pace(variables: Variables, pace: Pace, look: timedelta) -> None:
    """Check that an old certificate stays valid until everybody has the new one."""
    slowest = pace.settling + look
    if pace.serving_life - pace.serving_renewal < slowest:
        what = "is too short: after the renewal age it must last for settling and one check interval"
        variables.note("CONTROLLER_SERVING_SECONDS", what)
    if pace.authority_life - pace.authority_renewal < pace.publishing + slowest:
        what = "is too short: after the renewal age it must last for publishing, settling and one check interval"
        variables.note("CONTROLLER_AUTHORITY_SECONDS", what)
