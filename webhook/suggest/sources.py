"""Where the objects come from: files and folders, what is piped in, or the namespace of a cluster.

Of a cluster those count that nothing else here makes: a Pod of a Deployment is the Deployment's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

from vault.cli.command import UsageError
from vault.cli.options import ClusterOptions
from webhook.kube.errors import ClusterRefused
from webhook.workloads.manifest import Manifest, ManifestInvalid, parse_manifests
from webhook.workloads.registry import KINDS, find_kind

SUFFIXES = (".yaml", ".yml", ".json")


class Notes(Protocol):
    """What takes a note of what cannot be read."""

    problems: list[str]


def read_files(places: Iterable[Path], notes: Notes) -> Iterator[Manifest]:
    """Read the files that are named, those of folders in the order of their names."""
    for place in places:
        found = sorted(each for each in place.rglob("*") if each.suffix in SUFFIXES) if place.is_dir() else [place]
        if not found:
            notes.problems.append(f"{place}: has no file that ends with {', '.join(SUFFIXES)}")
        for file in found:
            try:
                yield from parse_manifests(str(file), file.read_text())
            except ManifestInvalid as error:
                notes.problems.append(str(error))
            except (OSError, UnicodeDecodeError) as error:
                words = error.strerror if isinstance(error, OSError) else "is not UTF-8"
                notes.problems.append(f"{file}: cannot be read: {words}")


def read_cluster(options: ClusterOptions, namespace: str, seconds: float, notes: Notes) -> Iterator[Manifest]:
    """Read all objects of kinds that have Pods, as far as the API has the kind. Raises ClusterFailed and CallWrong."""
    try:
        from webhook.kube.client import Cluster  # noqa: PLC0415 - files need no client, which has an extra of its own
    except ModuleNotFoundError as error:
        what = f"--live needs the package {error.name}; install the extra 'cluster': pip install 'omamori[cluster]'"
        raise UsageError(what) from None
    cluster = Cluster(options.kubeconfig, options.context, seconds)
    for kind in (each for each in KINDS if each.is_namespaced):
        try:
            found = cluster.list_objects(kind.api_version, kind.name, namespace)
        except ClusterRefused as error:
            notes.problems.append(str(error))
            continue
        yield from (Manifest(each) for each in found or () if not _is_made(each))


def _is_made(value: dict[str, Any]) -> bool:
    """Whether an object of a kind that is looked at makes this one."""
    for owner in value.get("metadata", {}).get("ownerReferences") or ():
        group = owner.get("apiVersion", "").rpartition("/")[0]
        if owner.get("controller") and find_kind(group, owner.get("kind", "")) is not None:
            return True
    return False
