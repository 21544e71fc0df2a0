"""`omamori controller`: keep the webhook's certificates, one at a time; settings come from the environment."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from webhook.commands.exit_codes import FAILED, OK
from webhook.commands.terminal import complain
from webhook.config.environ import SettingsInvalid, Variables
from webhook.controller.rotation import Pace, decide, decide_serving
from webhook.controller.store import Names, read_given, read_stored, write_serving, write_wanted
from webhook.kube.client import Cluster, LeaseTimes
from webhook.kube.errors import ClusterConflict, ClusterFailed
from webhook.log import Log, take_foreign_lines


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


def run() -> int:
    """Keep them. Exit code 1: the settings are wrong, there is no cluster, or the Lease is lost."""
    try:
        settings = controller_from_environ(os.environ)
        cluster = Cluster(os.environ.get("KUBECONFIG"))
    except (SettingsInvalid, ClusterFailed) as error:
        complain(*str(error).splitlines())
        return FAILED
    log = Log(sys.stderr.buffer)
    take_foreign_lines(log)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())

    def lead() -> None:
        cluster.lead(settings.names.namespace, settings.lease, settings.identity, work, LeaseTimes())
        log.warning("the Lease is lost", lease=settings.lease)
        lost.set()
        ended.set()

    def work() -> None:
        log.info("leading", lease=settings.lease, identity=settings.identity)
        while not ended.is_set():
            keep(cluster, settings, log)
            ended.wait(settings.look_seconds)

    lost = threading.Event()
    # the client's election never ends by itself; a daemon ends with the process
    threading.Thread(target=lead, daemon=True).start()
    ended.wait()
    return FAILED if lost.is_set() else OK


def keep(cluster: Cluster, settings: ControllerSettings, log: Log) -> None:
    """Look once, and write what is due. What cannot be done now is tried at the next look."""
    if settings.authority == "given":
        keep_serving(cluster, settings, log)
        return
    try:
        stored = read_stored(cluster, settings.names)
        wanted = decide(datetime.now(UTC), stored.certificates, settings.names.hosts, settings.pace)
        written = write_wanted(cluster, settings.names, stored, wanted)
    except ClusterConflict:
        log.info("somebody else has written meanwhile")
    except ClusterFailed as error:
        log.warning("cannot keep the certificates now", cause=str(error))
    else:
        if written and wanted.serving is not None:
            until = wanted.serving.ends.isoformat()
            log.info("certificates written", written=written, serving_until=until, trusted=len(wanted.trusted))


def keep_serving(cluster: Cluster, settings: ControllerSettings, log: Log) -> None:
    """The same, where whoever installs has made the authority and says it to the API server."""
    names, now = settings.names, datetime.now(UTC)
    try:
        authority, stored = read_given(cluster, names)
        if authority is None or authority.ends <= now:
            what = "has ended" if authority is not None else "is not there, or its key is of another one"
            log.warning("the given authority cannot be used", secret=names.authorities, problem=what)
            return
        serving = decide_serving(now, authority, stored.certificates.serving, names.hosts, settings.pace)
        if write_serving(cluster, names, stored.serving, serving, authority.certificate):
            log.info("certificates written", written=["serving"], serving_until=serving.ends.isoformat(), trusted=1)
    except ClusterConflict:
        log.info("somebody else has written meanwhile")
    except ClusterFailed as error:
        log.warning("cannot keep the certificates now", cause=str(error))


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
