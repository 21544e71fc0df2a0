"""`omamori migrate sealed-secrets`: move what Pods take from SealedSecrets to annotations, and the values to Vault.

All files are read first: a SealedSecret and the Pods that use it are seldom in one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from vault.cli.command import UsageError
from vault.cli.connection import connect
from vault.cli.exit_codes import CHANGES, FAILED, OK
from vault.cli.files import write_text
from vault.cli.options import ClusterOptions, VaultOptions
from vault.cli.terminal import complain, tell
from webhook.kube.client import Cluster
from webhook.migrate.secrets.documents import Moving, lines_of, migrate_text
from webhook.migrate.secrets.made_secrets import find_sealed
from webhook.migrate.secrets.source import Source
from webhook.migrate.secrets.values import NotWritten, fill, read_live
from webhook.sources.settings import assumed_settings
from webhook.workloads.manifest import ManifestInvalid, parse_manifests

_NEXT = (
    "the SealedSecrets are left as they are: remove them when the Pods run; `omamori policy suggest` writes the roles "
    "that the Pods need now"
)
_QUOTE = (
    "note: the kubelet sets no value with a single quote; omamori.dev/env-delivery: auto does, where a container "
    "states its command"
)


def run(
    *,
    files: tuple[Path, ...],
    check: bool,
    write: bool,
    namespace: str,
    path: str,
    cluster: ClusterOptions,
    vault: VaultOptions,
) -> int:
    """Rewrite files. Exit code FAILED: a file or a Secret was not read; CHANGES: with `check`, something would move.

    With `write` the values go to Vault first: no file is changed unless all of them are there.
    """
    texts = {file: _read(file) for file in _files(files)}
    sources = {(each.namespace, each.name): each for each in _sources(texts, namespace, path)}
    if not sources:
        complain("there is no SealedSecret in these files")
        return OK
    if write and not check:
        try:
            sources = _filled(sources, cluster, vault)
        except NotWritten as error:
            complain(str(error))
            return FAILED
    moving = Moving(sources, namespace, assumed_settings(frozenset()))
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
    tell(*((_QUOTE, _NEXT) if moved else ("nothing to move",)))
    if is_unread:
        return FAILED
    return CHANGES if check and moved else OK


def _files(places: Iterable[Path]) -> Iterator[Path]:
    """Yield the files, and those of folders in order of name."""
    for place in dict.fromkeys(places):
        if place.is_dir():
            yield from sorted(each for each in place.rglob("*") if each.suffix in {".yaml", ".yml"})
        else:
            yield place


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except UnicodeDecodeError:
        raise UsageError(f"{file}: is not UTF-8") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None


def _sources(texts: Mapping[Path, str], namespace: str, pattern: str) -> Iterator[Source]:
    for file, text in texts.items():
        try:
            manifests = parse_manifests(str(file), text)
        except ManifestInvalid:
            continue  # said when its Pods are looked for
        for manifest in manifests:
            found = find_sealed(manifest, namespace, pattern)
            if found is not None:
                yield found


def _filled(
    sources: Mapping[tuple[str, str], Source], options: ClusterOptions, vault: VaultOptions
) -> dict[tuple[str, str], Source]:
    """Write the values of live Secrets to Vault. Raises NotWritten, Failure and ClusterFailed."""
    cluster = Cluster(options.kubeconfig, options.context, vault.timeout)
    client = connect(vault)
    live = {name: read_live(cluster, source) for name, source in sources.items()}
    for source, values in live.values():
        tell(f"vault: {fill(client, source, values)}")
    return {name: source for name, (source, _) in live.items()}
