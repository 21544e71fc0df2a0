"""Where the files of a configuration are: what the application sees, and what omamori's container has there.

Facts
- A volume of files is mounted in the application's containers at one place, and in ours at another.
- A name that begins with `..` is the publisher's own, as it is the kubelet's in a volume.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_NAME_BYTES = 255


def find_place(path: str, places: Sequence[tuple[str, str]]) -> tuple[str, str, str] | None:
    """Return for a normal path the innermost of the places that it is at or below, its counterpart, and the rest.

    None: it is at or below none of them. The rest is "" at a place itself.
    """
    found = [each for each in places if f"{path}/".startswith(f"{each[0]}/")]
    if not found:
        return None
    place, counterpart = max(found, key=lambda each: len(each[0]))
    return place, counterpart, path[len(place) + 1 :]


def find_file(path: str, volumes: Sequence[tuple[str, str]]) -> tuple[str, str, str] | None:
    """Return for a file's path its volume, the volume's place in our container, and its name there.

    None: it is in no volume. Raises ValueError if its name cannot be that of a file there.
    """
    found = find_place(path, volumes)
    if found is None or not found[2]:
        return None
    for segment in found[2].split("/"):
        if segment.startswith(".."):
            raise ValueError("has a part that begins with '..', which no file of a volume may have")
        if len(segment.encode(errors="replace")) > _MOST_NAME_BYTES:
            raise ValueError(f"has a part of more than {_MOST_NAME_BYTES} bytes")
    return found
