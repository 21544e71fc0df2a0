"""In which mounts of a container nothing else can be mounted, because no mount point can be made there.

Facts
- Volumes of ConfigMaps, Secrets, the downward API and images are mounted read-only, whatever the mount says; so is any
  volume whose source says `readOnly` (pkg/kubelet/kubelet_pods.go, makeMounts: `mustMountRO`).
- A termination message is a file, and a block device is a device.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from webhook.admission.pod.ownership import is_our_volume_name
from webhook.admission.rawjson import objects_in, text_in
from webhook.config.directories import normalized_mount

READ_ONLY = "readOnly"
NO_FOLDER = "no folder"

_ALWAYS = frozenset({"configMap", "secret", "projected", "downwardAPI", "image"})


def read_closed_volumes(spec: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of a Pod's volumes that are always mounted read-only, each with its kind.

    The kind is that of the volume, or READ_ONLY where its source says so. Raises MalformedReview.
    """
    closed: dict[str, str] = {}
    for volume in objects_in(spec, "volumes"):
        for kind, source in volume.items():
            if kind in _ALWAYS and source is not None:
                closed[text_in(volume, "name")] = kind
            elif isinstance(source, dict) and source.get("readOnly") is True:
                closed[text_in(volume, "name")] = READ_ONLY
    return closed


def read_closed_mounts(
    container: Mapping[str, Any], volumes: Mapping[str, str], others: Iterable[str]
) -> tuple[tuple[str, str], ...]:
    """Return the normal paths of a container's mounts in which no mount point can be made, each with the kind.

    `volumes` are as above; `others` are the paths that are no mounts of volumes, of the kind NO_FOLDER. Ours are left
    out. Raises MalformedReview.
    """
    return (*_closed(container, volumes), *((path, NO_FOLDER) for path in others))


def _closed(container: Mapping[str, Any], volumes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for mount in objects_in(container, "volumeMounts"):
        name, path = text_in(mount, "name"), text_in(mount, "mountPath")
        kind = volumes.get(name, READ_ONLY if mount.get("readOnly") is True else "")
        if kind and path and not is_our_volume_name(name):
            yield normalized_mount(path), kind
