"""Rule: which containers are served, and which files each gets.

- By default the author's own: `spec.containers` that no tool added. Init containers, native sidecars too, when named.
- Only what starts after our container can be served; naming anything else is refused, never ignored.
"""

from __future__ import annotations

from webhook.errors import Problem
from webhook.pod import Pod
from webhook.targets import Target
from webhook.wish import Position, Wish


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


def choose_files(
    wish: Wish, pod: Pod, position: int, directory: str, problems: list[Problem]
) -> dict[str, tuple[Target, ...]]:
    """Give the targets of each container that has any, by its name, in the Pod's order."""
    late = pod.init_containers[position:]
    startable = {container.name for container in (*late, *pod.containers)}
    early = {container.name for container in pod.init_containers[:position]}
    defaults = _default_containers(pod)
    wanted: dict[str, list[Target]] = {container.name: [] for container in (*late, *pod.containers)}
    for file in wish.files:
        names = file.containers or wish.containers or defaults
        where = file.annotation if file.containers or not wish.containers else "omamori.dev/containers"
        if not names:
            what = "no container of the Pod gets it; name one with containers="
            problems.append(Problem("containers", file.annotation, what))
        for name in names:
            if name in startable:
                wanted[name].append(Target(file, file.directory or wish.directory or directory))
            elif name in early:
                what = f"the init container {name!r} starts before ours; see omamori.dev/position"
                problems.append(Problem("containers", where, what))
            else:
                problems.append(Problem("containers", where, f"there is no container {name!r} in the Pod"))
    return {name: tuple(targets) for name, targets in wanted.items() if targets}


def _default_containers(pod: Pod) -> tuple[str, ...]:
    """Give the author's own containers.

    A container that another webhook added after our first call has none of our mounts: it gets secrets only if named.
    """
    return tuple(
        container.name
        for container in pod.containers
        if not container.is_tool and (container.has_our_mounts or not pod.is_injected)
    )
