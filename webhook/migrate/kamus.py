"""`omamori migrate kamus`: move what Kamus decrypts for Pods to annotations.

What an init container of Kamus decrypts from a ConfigMap, only its decryptor in the cluster can: those values have to
be brought to Vault by whoever has them. Those of a KamusSecret are in the Secret that its controller has made.
"""

from __future__ import annotations

from pathlib import Path

from vault.cli.exit_codes import FAILED
from vault.cli.options import ClusterOptions, VaultOptions
from vault.cli.terminal import complain
from webhook.migrate.repository import find_sources, read_texts, rewrite, write_values
from webhook.migrate.secrets.documents import Moving
from webhook.migrate.secrets.made_secrets import find_config_map, find_kamus_secret
from webhook.migrate.values import NotWritten
from webhook.sources.settings import assumed_settings

_LEFT = (
    "the ConfigMaps and KamusSecrets are left as they are: remove them when the Pods run; `omamori policy suggest` "
    "writes the roles that the Pods need now"
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
    """Rewrite files. With `write` the values of KamusSecrets go to Vault first."""
    texts = read_texts(files)
    sources = find_sources(texts, find_kamus_secret, namespace, path)
    config_maps = find_sources(texts, find_config_map, namespace, path)
    if sources and write and not check:
        try:
            sources = write_values(sources, cluster, vault)
        except NotWritten as error:
            complain(str(error))
            return FAILED
    moving = Moving(sources, namespace, assumed_settings(frozenset()), config_maps)
    return rewrite(texts, moving, (_LEFT,), check=check)
