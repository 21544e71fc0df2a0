"""What a program that stays may be asked for, and what is said of secrets that end while it does not stay.

Facts
- A native sidecar (KEP-753) is an init container with `restartPolicy: Always`: what comes behind it starts when its
  postStart hook has ended and its startup probe has succeeded, and a Job ends without it.
- The kubelet follows a hook at once, an init container's end within a second, and a startup probe at its next tick, a
  second at least (docs/decisions/025).
- A signal reaches another container's process only in a shared process namespace, and, without capabilities, only a
  process of the same user.
- `RestartAllContainers` (KEP-5532, on by default from Kubernetes 1.36) restarts a Pod's containers in place, all of
  them, without their preStop hooks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vault.contract.shown import shown
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.plan.security_context import Identity
from webhook.admission.pod.facts import Container, PodFacts
from webhook.admission.problems import Problem
from webhook.admission.reasons import Reason
from webhook.config.settings import AgentSettings, Settings

_LEASED_SEGMENT = "creds"


def is_native_sidecar(spec: InjectionSpec, settings: AgentSettings) -> bool:
    """Whether our container stays beside the application."""
    return spec.mode == "sidecar" or (spec.start or settings.init_start) == "fast"


def check_sidecar(
    spec: InjectionSpec, pod: PodFacts, served: Sequence[Container], identity: Identity, settings: Settings
) -> Iterator[Problem]:
    """Say what a sidecar cannot do in this Pod."""
    if spec.mode == "init":
        for where, value in (("on-change", spec.on_change), ("refresh", spec.refresh_seconds)):
            if value is not None:
                what = "works only with a sidecar; add omamori.dev/mode: sidecar"
                yield Problem(Reason.SIDECAR, spec.annotation_of(where), what)
        return
    if spec.start is not None:
        what = "works only in mode init; a sidecar always starts fast"
        yield Problem(Reason.SIDECAR, "omamori.dev/start", what)
    if spec.on_change is None:
        return
    where = spec.annotation_of("on-change")
    if spec.on_change.restart and not settings.allow_restart:
        what = "restart is not allowed on this cluster (OMAMORI_ALLOW_RESTART); use a signal, or only files"
        yield Problem(Reason.SIDECAR, where, what)
    if spec.on_change.signal and not (pod.shares_processes or spec.shares_processes):
        what = "a signal needs shareProcessNamespace: true in the Pod"
        yield Problem(Reason.SIDECAR, where, what)
    users = {container.user for container in served}
    if spec.on_change.signal and (len(users) != 1 or users & {None, 0} or users != {identity.user}):
        what = "a signal needs one runAsUser, not root, stated for all containers that get secrets"
        yield Problem(Reason.SIDECAR, where, what)


def warnings_of_leases(spec: InjectionSpec) -> Iterator[str]:
    """Warn of secrets that end while the application runs on."""
    for secret in spec.secrets:
        if spec.mode == "init" and _LEASED_SEGMENT in secret.source.path.split("/"):
            yield (
                f"{secret.annotation}: {shown(secret.source.path)} returns credentials that expire with their lease; "
                "omamori.dev/mode: sidecar keeps them fresh"
            )
