"""Which containers are served, and which files and variables each gets.

- By default the author's own: `spec.containers` that no tool added (pod/tools.py). Init containers, native sidecars
  too, when named.
- Only what starts after our container can be served; naming anything else is refused, never ignored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from vault.contract.shown import quoted, shown
from webhook.admission.annotations.pod_annotations import (
    EnvFromSpec,
    FileSpec,
    InjectionSpec,
    PlacedFile,
    TemplateSpec,
    VariablesSpec,
)
from webhook.admission.annotations.values import Position
from webhook.admission.limits import MAX_DELIVERIES, MAX_DELIVERY_BYTES
from webhook.admission.pod.facts import Container, PodFacts
from webhook.admission.problems import Problem, Rejected
from webhook.admission.reasons import Reason

Secret = TypeVar("Secret", PlacedFile, VariablesSpec)


def check_position(position: Position, pod: PodFacts) -> Iterator[Problem]:
    """Say whether there is no init container of the name that the position gives."""
    names = [container.name for container in pod.init_containers]
    if position.anchor and position.anchor not in names:
        what = f"there is no init container {quoted(position.anchor)}; there are: {_listed(names)}"
        yield Problem(Reason.POSITION, "omamori.dev/position", what)


def plan_position(position: Position, pod: PodFacts) -> int:
    """Return the index, among the Pod's other init containers, at which ours is inserted; 0 where there is no such."""
    names = [container.name for container in pod.init_containers]
    if position.place == "last":
        return len(names)
    if position.place == "first" or position.anchor not in names:
        return 0
    return names.index(position.anchor) + (position.place == "after")


def check_containers(secrets: Sequence[Secret], spec: InjectionSpec, pod: PodFacts, position: int) -> Iterator[Problem]:
    """Say which container that is to get a secret is not there, or starts before ours."""
    if not secrets:
        return
    startable = {container.name for container in (*pod.init_containers[position:], *pod.containers)}
    early = {container.name for container in pod.init_containers[:position]}
    defaults = _default_containers(spec, pod)
    for secret in secrets:
        names = secret.containers or defaults
        if names and startable.issuperset(names):
            continue
        where = secret.annotation if secret.containers or not spec.containers else spec.annotation_of("containers")
        if not names:
            what = "no container of the Pod gets it; name one with containers="
            yield Problem(Reason.CONTAINERS, secret.annotation, what)
        for name in names:
            if name in early:
                what = f"the init container {quoted(name)} starts before ours; see omamori.dev/position"
                yield Problem(Reason.CONTAINERS, where, what)
            elif name not in startable:
                yield Problem(Reason.CONTAINERS, where, f"there is no container {quoted(name)} in the Pod")


def plan_containers(
    secrets: Sequence[Secret], spec: InjectionSpec, pod: PodFacts, position: int
) -> dict[str, tuple[Secret, ...]]:
    """Return the files or the variables of each container that gets any, by its name, in the Pod's order.

    Containers that `check_containers` reports are skipped. Raises Rejected where there are too many to be looked at one
    by one.
    """
    if not secrets:
        return {}
    defaults = _default_containers(spec, pod)
    _check_size(secrets, defaults)
    startable = (*pod.init_containers[position:], *pod.containers)
    wanted: dict[str, list[Secret]] = {container.name: [] for container in startable}
    for secret in secrets:
        for name in secret.containers or defaults:
            if name in wanted:
                wanted[name].append(secret)
    return {name: tuple(chosen) for name, chosen in wanted.items() if chosen}


def _default_containers(spec: InjectionSpec, pod: PodFacts) -> tuple[str, ...]:
    """Return the containers that the author names for the whole Pod, or else the author's own.

    A container that another webhook added after our first call has nothing of ours: it gets secrets only if named. Who
    is named has something of ours from then on, so it is the author's from the start: a second call finds the same.
    """
    if spec.containers and not spec.serves_init_containers:
        return spec.containers
    init = pod.init_containers if spec.serves_init_containers else ()
    more = () if spec.containers else pod.containers
    return (*_authors((*init, *more), spec, pod), *(spec.containers or ()))


def _authors(containers: tuple[Container, ...], spec: InjectionSpec, pod: PodFacts) -> tuple[str, ...]:
    if not pod.is_injected:
        return tuple(container.name for container in containers if not container.is_tool)
    named = {name for secret in spec.asked for name in secret.containers or ()}
    return tuple(
        container.name
        for container in containers
        if not container.is_tool and (container.has_our_parts or container.name in named)
    )


def _check_size(secrets: Sequence[PlacedFile | VariablesSpec], defaults: Sequence[str]) -> None:
    """Bound the work and the Plan that deliveries make, before they are looked at. Raises Rejected."""
    counts = [len(secret.containers or defaults) for secret in secrets]
    deliveries = sum(counts)
    if deliveries > MAX_DELIVERIES:
        what = f"{deliveries} files or variables are asked for, counted in each container: {MAX_DELIVERIES} at most"
        raise Rejected([Problem(Reason.TOO_LARGE, "", f"{what}; deliver some secrets whole, as one file")])
    size = sum(count * _bytes_of(secret) for count, secret in zip(counts, secrets, strict=True))
    if size > MAX_DELIVERY_BYTES:
        what = (
            f"the names, directories and keys of all files or variables take more than {MAX_DELIVERY_BYTES >> 10} KiB"
        )
        raise Rejected([Problem(Reason.TOO_LARGE, "", what)])


def _bytes_of(secret: PlacedFile | VariablesSpec) -> int:
    size = len(secret.annotation)
    if not isinstance(secret, EnvFromSpec):
        size += len(secret.name)
    if isinstance(secret, PlacedFile):
        size += len(secret.directory or "")
    if isinstance(secret, TemplateSpec):
        return size + len(secret.path)  # a text is counted where it is known how often the Plan has it
    if isinstance(secret, FileSpec | VariablesSpec):
        size += len(secret.source.key or "") + sum(map(len, secret.source.pointer))
    if isinstance(secret, FileSpec) and secret.password is not None:
        size += len(secret.password.path) + sum(map(len, (secret.password.key or "", *secret.password.pointer)))
    if isinstance(secret, FileSpec | EnvFromSpec):
        size += (
            sum(map(len, secret.keys)) + sum(len(old) + len(new) for old, new in secret.renames) + len(secret.prefix)
        )
    return size


def _listed(names: Sequence[str], most: int = 10) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(map(shown, names[:most]))}{more}" if names else "none"
