"""Files of manifests that are migrated together: what makes Secrets is seldom in one with the Pods that use them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from vault.cli.command import UsageError
from vault.cli.connection import connect
from vault.cli.exit_codes import CHANGES, FAILED, OK
from vault.cli.files import write_text
from vault.cli.options import ClusterOptions, VaultOptions
from vault.cli.terminal import complain, tell
from webhook.admission.rawjson import MalformedReview
from webhook.kube.client import Cluster
from webhook.migrate.secrets.documents import Moving, Sources, lines_of, migrate_text
from webhook.migrate.secrets.source import Source
from webhook.migrate.values import fill, is_there, read_live
from webhook.workloads.manifest import Manifest, ManifestInvalid, parse_manifests

Finder = Callable[[Manifest, str, str], Source | None]
_SUFFIXES = {".yaml", ".yml"}


def read_texts(places: Iterable[Path]) -> dict[Path, str]:
    """Read files, and those of folders in order of name. Raises UsageError."""
    found = {file: _read(file) for file in _files(places)}
    for file in found:
        if file.suffix == ".json":
            raise UsageError(f"{file}: is JSON, which would come back as YAML; convert it first")
    return found


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in dict.fromkeys(places):
        if place.is_dir():
            yield from sorted(each for each in place.rglob("*") if each.suffix in _SUFFIXES)
        else:
            yield place


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode()  # with the line ends as they are
    except UnicodeDecodeError:
        raise UsageError(f"{file}: is not UTF-8") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None


def find_sources(texts: Mapping[Path, str], find: Finder, namespace: str, pattern: str) -> Sources:
    """Find what moves, by namespace and name. A file that is no manifest is passed over; `rewrite` names it.

    Raises UsageError where two of one name differ: which of them a Pod uses, its namespace would say.
    """
    found: dict[tuple[str, str], Source] = {}
    for file, text in texts.items():
        try:
            manifests = parse_manifests(str(file), text)
        except ManifestInvalid:
            continue
        for manifest in manifests:
            try:
                source = find(manifest, namespace, pattern)
            except MalformedReview as error:
                raise UsageError(f"{manifest.place()}: {manifest}: {error}") from None
            if source is None:
                continue
            if found.setdefault((source.namespace, source.name), source) != source:
                raise UsageError(f"{manifest.place()}: {manifest}: is here twice, with other keys; migrate them apart")
    return found


def write_values(sources: Sources, options: ClusterOptions, vault: VaultOptions) -> Sources:
    """Write the values of live Secrets to Vault; return the Secrets with the keys that they have.

    All of them are read before the first is written. Raises NotWritten, Failure and ClusterFailed.
    """
    cluster = Cluster(options.kubeconfig, options.context, vault.timeout)
    client = connect(vault)
    live = {name: read_live(cluster, source) for name, source in sources.items()}
    missing = [each for each in live.values() if not is_there(client, *each)]
    for source, values in live.values():
        if (source, values) in missing:
            fill(client, source, values)
        done = "written to" if (source, values) in missing else "are there already at"
        tell(f"vault: {source}: its {len(values)} values {done} {source.path}")
    return {name: source for name, (source, _) in live.items()}


def rewrite(texts: Mapping[Path, str], moving: Moving, after: Iterable[str], *, check: bool) -> int:
    """Rewrite files, and say what became of each; `after` are lines for the end, where something moves.

    Exit code FAILED: a file was not read; CHANGES: with `check`, something would move.
    """
    moved = 0
    is_unread = False
    for file, text in texts.items():
        outcome = migrate_text(str(file), text, moving)
        tell(*lines_of(outcome))
        if outcome.unread:
            is_unread = True
            complain(f"not read: {outcome.unread}")
        moved += len(outcome.moved)
        if not check and outcome.text != text:
            write_text(file, outcome.text)
    tell(*(after if moved else ("nothing to move",)))
    if is_unread:
        return FAILED
    return CHANGES if check and moved else OK
