"""Rule: which containers are served, and which files and variables each gets.

- By default the author's own: `spec.containers` that no tool added. Init containers, native sidecars too, when named.
- Only what starts after our container can be served; naming anything else is refused, never ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from webhook.errors import Problem
from webhook.pod import Container, Pod
from webhook.wish import FileWish, Position, VariableWish, Wish

Secret = TypeVar("Secret", FileWish, VariableWish)


def choose_position(position: Position, pod: Pod, problems: list[Problem]) -> int:
    """Give the index, among the Pod's other init containers, at which ours is inserted."""
    names = [container.name for container in pod.init_containers]
    if position.anchor and position.anchor not in names:
        there = ", ".join(names) or "none"
        what = f"there is no init container {position.anchor!r}; there are: {there}"
        problems.append(Problem("position", "omamori.dev/position", what))
        return 0
    match position.place:
        case "first":
            return 0
        case "last":
            return len(names)
        case "before":
            return names.index(position.anchor)
        case "after":
            return names.index(position.anchor) + 1


def choose_containers(
    secrets: Sequence[Secret], wish: Wish, pod: Pod, position: int, problems: list[Problem]
) -> dict[str, tuple[Secret, ...]]:
    """Give the files or the variables of each container that gets any, by its name, in the Pod's order."""
    late: tuple[Container, ...] = pod.init_containers[position:]
    startable = {container.name for container in (*late, *pod.containers)}
    early = {container.name for container in pod.init_containers[:position]}
    defaults = _default_containers(pod)
    wanted: dict[str, list[Secret]] = {container.name: [] for container in (*late, *pod.containers)}
    for secret in secrets:
        names = secret.containers or wish.containers or defaults
        where = secret.annotation if secret.containers or not wish.containers else "omamori.dev/containers"
        if not names:
            what = "no container of the Pod gets it; name one with containers="
            problems.append(Problem("containers", secret.annotation, what))
        for name in names:
            if name in startable:
                wanted[name].append(secret)
            elif name in early:
                what = f"the init container {name!r} starts before ours; see omamori.dev/position"
                problems.append(Problem("containers", where, what))
            else:
                problems.append(Problem("containers", where, f"there is no container {name!r} in the Pod"))
    return {name: tuple(chosen) for name, chosen in wanted.items() if chosen}


def _default_containers(pod: Pod) -> tuple[str, ...]:
    """Give the author's own containers.

    A container that another webhook added after our first call has nothing of ours: it gets secrets only if named.
    """
    return tuple(
        container.name
        for container in pod.containers
        if not container.is_tool and (container.has_our_parts or not pod.is_injected)
    )
