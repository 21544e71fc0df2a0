"""What the controller keeps and how often it looks, read from environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from webhook.config.environ import Variables
from webhook.controller.rotation import Pace
from webhook.controller.store import Names


@dataclass(frozen=True, slots=True)
class ControllerSettings:
    """What the controller keeps, as whom, and how often it looks.

    With a `given` authority it makes the serving certificate alone, and neither an authority nor `caBundle`.
    """

    names: Names
    lease: str
    identity: str
    pace: Pace
    look_seconds: int
    authority: Literal["own", "given"] = "own"


def controller_from_environ(environ: Mapping[str, str]) -> ControllerSettings:
    """Read the settings. Raises SettingsInvalid with every mistake at once."""
    variables = Variables(environ)
    name = variables.required("CONTROLLER_NAME", "omamori")
    settings = ControllerSettings(
        names=Names(
            namespace=variables.required("CONTROLLER_NAMESPACE", "omamori"),
            configuration=name,
            service=variables.required("CONTROLLER_SERVICE", "omamori"),
            authorities=f"{name}-ca",
            serving=f"{name}-tls",
        ),
        lease=f"{name}-controller",
        identity=variables.required("CONTROLLER_IDENTITY", "omamori-controller-0"),
        pace=_pace(variables),
        look_seconds=variables.number("CONTROLLER_LOOK_SECONDS", 10, least=1, most=3600),
        authority=variables.choice("CONTROLLER_AUTHORITY", ("own", "given")),
    )
    _check_pace(variables, settings.pace, timedelta(seconds=settings.look_seconds))
    variables.finish()
    return settings


def _pace(variables: Variables) -> Pace:
    authority_life = _seconds(variables, "AUTHORITY_SECONDS", timedelta(days=365))
    serving_life = _seconds(variables, "SERVING_SECONDS", timedelta(days=30))
    return Pace(
        authority_life=authority_life,
        authority_renewal=_seconds(variables, "AUTHORITY_RENEWAL_SECONDS", authority_life * 2 / 3),
        serving_life=serving_life,
        serving_renewal=_seconds(variables, "SERVING_RENEWAL_SECONDS", serving_life * 2 / 3),
        publishing=_seconds(variables, "PUBLISHING_SECONDS", timedelta(seconds=60)),
        settling=_seconds(variables, "SETTLING_SECONDS", timedelta(minutes=5)),
    )


def _check_pace(variables: Variables, pace: Pace, look: timedelta) -> None:
    """What is renewed has to live on until everybody has what is new."""
    slowest = pace.settling + look
    if pace.serving_life - pace.serving_renewal < slowest:
        what = "is too short: after the renewal it has to last for settling and a look"
        variables.note("CONTROLLER_SERVING_SECONDS", what)
    if pace.authority_life - pace.authority_renewal < pace.publishing + slowest:
        what = "is too short: after the renewal it has to last for publishing, settling and a look"
        variables.note("CONTROLLER_AUTHORITY_SECONDS", what)


def _seconds(variables: Variables, name: str, default: timedelta) -> timedelta:
    seconds = variables.number(f"CONTROLLER_{name}", int(default.total_seconds()), least=1, most=3650 * 86400)
    return timedelta(seconds=seconds)
