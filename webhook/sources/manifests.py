"""Read objects from files, folders, standard input, or a namespace of a cluster.

In a cluster, an object that another one creates is skipped: a Deployment's Pod is covered by the Deployment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from vault.cli.command import UsageError
from vault.cli.options import ClusterOptions
from vault.extras import how_to_install
from vault.places import Mistake, Place
from webhook.kube.errors import ClusterRefused
from webhook.workloads.manifest import Manifest, ManifestInvalid, parse_manifests
from webhook.workloads.registry import KINDS, find_kind

SUFFIXES = (".yaml", ".yml", ".json")


def read_files(places: Iterable[Path]) -> Iterator[Manifest | Mistake]:
    """Read the objects of files, as `read_texts` finds them. A Mistake is what cannot be read, and why."""
    for each in read_texts(places):
        if isinstance(each, Mistake):
            yield each
        else:
            yield from objects_of(*each)


def objects_of(file: str, text: str) -> Iterator[Manifest | Mistake]:
    """Parse a file to its objects, or to what is wrong with it."""
    try:
        yield from parse_manifests(file, text)
    except ManifestInvalid as error:
        yield error.mistake


def read_texts(places: Iterable[Path]) -> Iterator[tuple[str, str] | Mistake]:
    """Read the given files, and the files of folders in order of name, each as its name and text."""
    for place in places:
        found = sorted(each for each in place.rglob("*") if each.suffix in SUFFIXES) if place.is_dir() else [place]
        if not found:
            yield Mistake(Place(str(place)), f"has no file that ends with {', '.join(SUFFIXES)}")
        for file in found:
            try:
                yield str(file), file.read_bytes().decode()  # with the line ends as they are
            except (OSError, UnicodeDecodeError) as error:
                words = error.strerror if isinstance(error, OSError) else "is not UTF-8"
                yield Mistake(Place(str(file)), f"cannot be read: {words}")


def read_cluster(options: ClusterOptions, namespace: str, seconds: float) -> Iterator[Manifest | ClusterRefused]:
    """Read all objects of kinds that have Pods and that the API has. Raises ClusterFailed and UsageError.

    ClusterRefused comes in the place of a kind that may not be listed.
    """
    try:
        from webhook.kube.client import Cluster  # noqa: PLC0415 - files need no client, which has an extra of its own
    except ModuleNotFoundError as error:
        raise UsageError(f"--live needs the package {error.name}; {how_to_install('cluster')}") from None
    cluster = Cluster(options.kubeconfig, options.context, seconds)
    for kind in (each for each in KINDS if each.is_namespaced):
        try:
            found = cluster.list_objects(kind.api_version, kind.name, namespace)
        except ClusterRefused as error:
            yield error
            continue
        yield from (Manifest(each) for each in found or () if not _is_made(each))


def _is_made(value: dict[str, Any]) -> bool:
    """Whether an object of a kind that is read here creates this one."""
    for owner in value.get("metadata", {}).get("ownerReferences") or ():
        group = owner.get("apiVersion", "").rpartition("/")[0]
        if owner.get("controller") and find_kind(group, owner.get("kind", "")) is not None:
            return True
    return False
