"""`omamori controller`: keep the webhook's certificates, with leader election; settings come from the environment."""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import UTC, datetime

from vault.cli.exit_codes import FAILED, OK
from vault.cli.terminal import complain
from webhook.config.environ import SettingsInvalid
from webhook.controller.rotation import decide, decide_serving
from webhook.controller.settings import ControllerSettings, controller_from_environ
from webhook.controller.store import read_given, read_stored, write_serving, write_wanted
from webhook.kube.client import Cluster
from webhook.kube.errors import ClusterConflict, ClusterFailed
from webhook.kube.leader_election import LeaseName
from webhook.kube.leader_election import lead as lead_by_lease
from webhook.log import Log, take_foreign_lines


def run() -> int:
    """Run the controller. Exit code 1: the settings are wrong, there is no cluster, or the Lease is lost."""
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
        lead_by_lease(cluster, LeaseName(settings.names.namespace, settings.lease), settings.identity, work)
        log.warning("the Lease is lost", lease=settings.lease)
        lost.set()
        ended.set()

    def work() -> None:
        log.info("leading", lease=settings.lease, identity=settings.identity)
        while not ended.is_set():
            keep(cluster, settings, log)
            ended.wait(settings.look_seconds)

    lost = threading.Event()
    # the client's election never returns; a daemon thread ends with the process
    threading.Thread(target=lead, daemon=True).start()
    ended.wait()
    return FAILED if lost.is_set() else OK


def keep(cluster: Cluster, settings: ControllerSettings, log: Log) -> None:
    """Check once and write what is due. A failure is retried at the next check."""
    if settings.authority == "given":
        keep_serving(cluster, settings, log)
        return
    try:
        stored = read_stored(cluster, settings.names)
        wanted = decide(datetime.now(UTC), stored.certificates, settings.names.hosts, settings.pace)
        written = write_wanted(cluster, settings.names, stored, wanted)
    except ClusterConflict:
        log.info("another writer has changed the objects meanwhile")
    except ClusterFailed as error:
        log.warning("cannot keep the certificates now", cause=str(error))
    else:
        if written and wanted.serving is not None:
            until = wanted.serving.ends.isoformat()
            log.info("certificates written", written=written, serving_until=until, trusted=len(wanted.trusted))


def keep_serving(cluster: Cluster, settings: ControllerSettings, log: Log) -> None:
    """Like `keep`, for an authority that the installer has created and made known to the API server."""
    names, now = settings.names, datetime.now(UTC)
    try:
        authority, stored = read_given(cluster, names)
        if authority is None or authority.ends <= now:
            what = "has ended" if authority is not None else "does not exist, or its key belongs to another certificate"
            log.warning("the given authority cannot be used", secret=names.authorities, problem=what)
            return
        serving = decide_serving(now, authority, stored.certificates.serving, names.hosts, settings.pace)
        if write_serving(cluster, names, stored.serving, serving, authority.certificate):
            log.info("certificates written", written=["serving"], serving_until=serving.ends.isoformat(), trusted=1)
    except ClusterConflict:
        log.info("another writer has changed the objects meanwhile")
    except ClusterFailed as error:
        log.warning("cannot keep the certificates now", cause=str(error))
