"""Find the mounts of a container that a path is in, or that are in it, without a look at each of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

from webhook.config.directories import canonical
from webhook.config.paths import parents


class ContainerMounts:
    """The mounts of one container: as they are written, and as they are with /var/run followed to /run.

    Both count: what is mounted at /var hides that link.
    """

    def __init__(self, mounts: Iterable[str]) -> None:
        """Take normal paths. One at the root is left out."""
        below = [mount for mount in mounts if mount != "/"]
        self._as_written = _Index({mount: mount for mount in below})
        self._followed = _Index({canonical(mount): mount for mount in below})

    def in_the_way(self, place: str) -> str | None:
        """Return a mount that the place is at or in, or that is in the place."""
        return (
            self._as_written.around(place)
            or self._as_written.inside(place)
            or self._followed.around(canonical(place))
            or self._followed.inside(canonical(place))
        )

    def around(self, place: str) -> Iterable[str]:
        """Return the innermost mount that the place is at or in; two, where the link makes a difference."""
        found = (self._as_written.around(place), self._followed.around(canonical(place)))
        return dict.fromkeys(each for each in found if each is not None)

    def inside(self, place: str) -> str | None:
        """Return a mount that is in the place."""
        return self._as_written.inside(place) or self._followed.inside(canonical(place))


class _Index:
    """Mounts, each by its place."""

    def __init__(self, mounts: Mapping[str, str]) -> None:
        self._mounts = mounts
        self._ordered: Sequence[str] = sorted(mounts)

    def around(self, place: str) -> str | None:
        return next((self._mounts[each] for each in (place, *parents(place)) if each in self._mounts), None)

    def inside(self, place: str) -> str | None:
        index = bisect_left(self._ordered, f"{place}/")
        if index < len(self._ordered) and self._ordered[index].startswith(f"{place}/"):
            return self._mounts[self._ordered[index]]
        return None
