"""How each container gets its variables, and everything that can be wrong with them together.

Who sets them is chosen for each container; with `auto`, the launcher where the container states its command.
By the kubelet: one volume has a file for each container, and no container but ours mounts it; the kubelet reads it when
it starts the container (KEP-3721, `fileKeyRef`). By the launcher: each container has a volume of its own, with its file
and the launcher, in front of the command that the container states.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vault.contract.names import ENV_CHECK_VARIABLE
from vault.contract.plan import MOST_VARIABLES_BYTES
from vault.contract.shown import quoted, shown
from webhook.admission.annotations.pod_annotations import EnvFromSpec, EnvSpec, VariablesSpec
from webhook.admission.annotations.selection import possible_names
from webhook.admission.annotations.values import Delivery
from webhook.admission.pod.facts import Container, PodFacts
from webhook.admission.pod.names import (
    ENV_CHECK_DIRECTORY,
    ENV_FILES_LABEL,
    ENV_VOLUME,
    LAUNCH_DIRECTORY,
    LAUNCH_VOLUME,
)
from webhook.admission.problems import Problem
from webhook.admission.reasons import Reason
from webhook.config.directories import canonical
from webhook.config.paths import is_within
from webhook.config.settings import EnvFiles

VARIABLE_BYTES = 128 * 1024  # what Linux takes for one
MARGIN_BYTES = 1024 * 1024
MOST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ContainerEnv:
    """The variables of one container: which volume they are in, and the file's name there.

    `is_launched`: the launcher sets them, and not the kubelet. `sets` are secrets of which each key is one; of what
    they may give, `declared` are the names that the container declares itself, and keeps.
    """

    container: str
    volume: str
    name: str
    specs: tuple[EnvSpec, ...]
    is_launched: bool = False
    sets: tuple[EnvFromSpec, ...] = ()
    declared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Environment:
    """All variables of the Pod. `label` puts the Pod on nodes with ENV_FILES_LABEL.

    `is_checked`: the kubelet starts a container whose variables it sets only if it has read the container's file.
    """

    files: tuple[ContainerEnv, ...] = ()
    label: bool = False
    is_checked: bool = False

    @property
    def launched(self) -> tuple[ContainerEnv, ...]:
        """Those that the launcher sets."""
        return tuple([each for each in self.files if each.is_launched])

    @property
    def by_kubelet(self) -> tuple[ContainerEnv, ...]:
        """Those that the kubelet sets."""
        return tuple([each for each in self.files if not each.is_launched])

    def volumes(self) -> dict[str, int]:
        """The volumes, each with its size in bytes: two sets, the old and the new, and a margin."""
        sizes: dict[str, int] = {}
        for file in self.files:
            size = MOST_VARIABLES_BYTES if file.sets else VARIABLE_BYTES * len(file.specs)
            sizes[file.volume] = sizes.get(file.volume, MARGIN_BYTES) + 2 * size
        return {name: min(size, MOST_BYTES) for name, size in sizes.items()}


def plan_environment(
    pod: PodFacts, wanted: Mapping[str, tuple[VariablesSpec, ...]], delivery: Delivery, env_files: EnvFiles
) -> Environment:
    """Return each container its file; the order is that of containers."""
    containers = {each.name: each for each in pod.all_containers}
    files: list[ContainerEnv] = []
    launched = 0
    for name, asked in wanted.items():
        container = containers[name]
        specs = tuple([each for each in asked if isinstance(each, EnvSpec)])
        sets = tuple([each for each in asked if isinstance(each, EnvFromSpec)])
        if delivery == "exec" or (delivery == "auto" and container.has_command):
            volume = f"{LAUNCH_VOLUME}{launched}"
            declared = _declared(container, sets)
            files.append(ContainerEnv(name, volume, "env", specs, is_launched=True, sets=sets, declared=declared))
            launched += 1
        else:
            files.append(ContainerEnv(name, ENV_VOLUME, name, specs, sets=sets))
    has_kubelet = launched < len(files)
    return Environment(tuple(files), has_kubelet and env_files == "require", has_kubelet and env_files != "assume")


def _declared(container: Container, sets: tuple[EnvFromSpec, ...]) -> tuple[str, ...]:
    """Return the names that a container declares, of those that the sets may give."""
    names = possible_names(sets)
    return tuple(dict.fromkeys([each for each in container.variables if each in names])) if sets else ()


def check_env(pod: PodFacts, environment: Environment) -> Iterator[Problem]:
    """Say what cannot be in a container: a name twice, or the author's own; a launcher without a command."""
    files = {each.container: each for each in environment.files}
    for container in pod.all_containers:
        file = files.get(container.name)
        if file is None:
            continue
        declared = set(container.variables)
        if environment.is_checked and not file.is_launched and file.specs:
            yield from _cannot_be_checked(container, file.specs)
        seen: dict[str, str] = {}
        for spec in file.specs:
            if spec.name in seen:
                what = f"{spec.name} in container {shown(container.name)} is also the variable of {seen[spec.name]}"
                yield Problem(Reason.DUPLICATE, spec.annotation, what)
            elif spec.name in declared:
                what = f"container {shown(container.name)} declares {spec.name} itself; remove one of them"
                yield Problem(Reason.DECLARED, spec.annotation, what)
            seen.setdefault(spec.name, spec.annotation)
        if file.is_launched:
            yield from _cannot_launch(container)
            yield from _cannot_refer(container, seen)


def check_env_policy(
    pod: PodFacts, environment: Environment, delivery: Delivery, env_files: EnvFiles
) -> Iterator[Problem]:
    """Say where the administrator's choice and the Pod do not go together, for what the kubelet would set."""
    files = [each for each in environment.by_kubelet if each.specs]
    if not files:
        return
    where = files[0].specs[0].annotation
    if env_files == "never" and delivery == "kubelet":
        what = "this cluster does not use EnvFiles; set omamori.dev/env-delivery: exec, or use a file"
        yield Problem(Reason.ENV_FILES, where, what)
    elif env_files == "never":
        for file in files:
            what = (
                f"container {shown(file.container)} states no command, so the kubelet would set its variables, but "
                "this cluster does not use EnvFiles; set its command in the Pod, or use a file"
            )
            yield Problem(Reason.ENV_FILES, file.specs[0].annotation, what)
    elif env_files == "require" and pod.env_files_node not in {None, "true"}:
        there = quoted(pod.env_files_node or "")
        what = f'the Pod\'s nodeSelector has {ENV_FILES_LABEL}: {there}, but variables need "true" there'
        yield Problem(Reason.ENV_FILES, where, what)


def _cannot_be_checked(container: Container, specs: tuple[EnvSpec, ...]) -> Iterator[Problem]:
    """Say what would take the place of the variable, or of the mount, by which the kubelet is checked."""
    where = next((spec.annotation for spec in specs if spec.name == ENV_CHECK_VARIABLE), None)
    if where is not None or ENV_CHECK_VARIABLE in container.variables:
        what = f"{ENV_CHECK_VARIABLE} in container {shown(container.name)} is omamori's own variable; use another name"
        yield Problem(Reason.DECLARED, where or specs[0].annotation, what)
    for mount in _mounts_in_the_way(container, ENV_CHECK_DIRECTORY):
        what = f"container {shown(container.name)} mounts {shown(mount)}, but omamori needs {ENV_CHECK_DIRECTORY}"
        yield Problem(Reason.MOUNT, specs[0].annotation, what)


def _mounts_in_the_way(container: Container, directory: str) -> Iterator[str]:
    for mount in container.mounts:
        place = canonical(mount)
        if mount != "/" and (is_within(directory, place) or is_within(place, directory)):
            yield mount


def _cannot_launch(container: Container) -> Iterator[Problem]:
    where = "omamori.dev/env-delivery"
    if not container.has_command:
        what = (
            f"container {shown(container.name)} states no command, and omamori does not inspect images; "
            "set its command in the Pod, or let the kubelet set the variables"
        )
        yield Problem(Reason.COMMAND, where, what)
    for mount in _mounts_in_the_way(container, LAUNCH_DIRECTORY):
        what = f"container {shown(container.name)} mounts {shown(mount)}, but the launcher is at {LAUNCH_DIRECTORY}"
        yield Problem(Reason.MOUNT, where, what)


def _cannot_refer(container: Container, ours: Mapping[str, str]) -> Iterator[Problem]:
    """Say where the author refers to a variable that only the launcher sets, when the kubelet has read the text."""
    for place, name in container.references:
        if name in ours:
            what = (
                f"{place} of container {shown(container.name)} has $({name}), which the kubelet replaces before the "
                "launcher sets the variable; let the kubelet set it (omamori.dev/env-delivery: kubelet), let a shell "
                f"read ${name}, or write $$({name}) for the text itself"
            )
            yield Problem(Reason.REFERENCE, ours[name], what)
