"""Whether the application can read its files with the modes that their author asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from vault.contract.shown import shown
from webhook.admission.annotations.pod_annotations import InjectionSpec, PlacedFile
from webhook.admission.plan.file_targets import Target
from webhook.admission.plan.security_context import Identity, can_read
from webhook.admission.pod.facts import Container
from webhook.admission.problems import Problem
from webhook.admission.reasons import Reason

Targets = Mapping[str, Sequence[Target]]


def check_modes(targets: Targets, served: Sequence[Container], identity: Identity) -> Iterator[Problem]:
    """Say which files a container could not read. `targets` is by the container's name."""
    for file, mode, container in _stated(targets, served):
        if can_read(container, mode, identity) is False:
            name = shown(container.name)
            what = f"mode={mode:04o} cannot be read by container {name}, which runs as {container.user}"
            yield Problem(Reason.MODE, file.annotation, what)


def warnings_of_modes(
    spec: InjectionSpec, targets: Targets, served: Sequence[Container], identity: Identity
) -> Iterator[str]:
    """Warn of files that a container whose user is not known here may be unable to read."""
    for file, mode, container in _stated(targets, served):
        if can_read(container, mode, identity) is None:
            yield (
                f"{file.annotation}: mode={mode:04o} may be unreadable for container {shown(container.name)}, "
                f"because its user {'is another' if identity.is_authors else 'is unknown'}; "
                f"set {spec.annotation_of('run-as-user')}"
            )


def _stated(targets: Targets, served: Sequence[Container]) -> Iterator[tuple[PlacedFile, int, Container]]:
    for container in served:
        for target in targets.get(container.name, ()):
            if target.spec.mode is not None:
                yield target.spec, target.spec.mode, container
