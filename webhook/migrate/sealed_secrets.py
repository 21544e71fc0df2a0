"""`omamori migrate sealed-secrets`: move what Pods take from SealedSecrets to annotations, and the values to Vault."""

from __future__ import annotations

from pathlib import Path

from vault.cli.exit_codes import FAILED
from vault.cli.options import ClusterOptions, VaultOptions
from vault.cli.terminal import complain
from webhook.migrate.repository import find_sources, read_texts, rewrite, write_values
from webhook.migrate.secrets.documents import Moving
from webhook.migrate.secrets.made_secrets import find_sealed
from webhook.migrate.values import NotWritten
from webhook.sources.settings import assumed_settings

_QUOTES = (
    "note: the kubelet sets no value with a single quote; omamori.dev/env-delivery: auto does, where a container "
    "states its command"
)
_LEFT = (
    "the SealedSecrets are left as they are: remove them when the Pods run; `omamori policy suggest` writes the roles "
    "that the Pods need now"
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
    """Rewrite files. With `write` the values go to Vault first: no file is changed unless all of them are there."""
    texts = read_texts(files)
    sources = find_sources(texts, find_sealed, namespace, path)
    if not sources:
        complain("there is no SealedSecret in the files that could be read")
    if sources and write and not check:
        try:
            sources = write_values(sources, cluster, vault)
        except NotWritten as error:
            complain(str(error))
            return FAILED
    return rewrite(texts, Moving(sources, namespace, assumed_settings(frozenset())), (_QUOTES, _LEFT), check=check)
