"""Objects whose controller makes Secrets of them, as those Secrets: SealedSecrets, KamusSecrets."""

from __future__ import annotations

from collections.abc import Iterable

from webhook.admission.rawjson import mapping_in
from webhook.migrate.secrets.source import Source
from webhook.workloads.fieldpath import mapping_at
from webhook.workloads.manifest import Manifest

KINDS = ("SealedSecret", "KamusSecret", "ExternalSecret", "ClusterExternalSecret")


def find_sealed(manifest: Manifest, namespace: str, pattern: str) -> Source | None:
    """Return the Secret of a SealedSecret, None for any other object. `namespace` is for one that names none.

    Its keys are those that are sealed, and those that `template.data` makes of them.
    """
    if (manifest.group, manifest.kind) != ("bitnami.com", "SealedSecret"):
        return None
    template = mapping_at(manifest.value, "spec", "template")
    keys = {**mapping_at(manifest.value, "spec", "encryptedData"), **mapping_in(template, "data")}
    # the controller gives the Secret the name of the SealedSecret, whatever its template says
    return source_of(manifest.namespace or namespace, str(manifest.metadata.get("name") or ""), keys, pattern)


def find_kamus_secret(manifest: Manifest, namespace: str, pattern: str) -> Source | None:
    """Return the Secret of a KamusSecret (soluto.com/v1alpha2), None for any other object."""
    if (manifest.group, manifest.kind) != ("soluto.com", "KamusSecret"):
        return None
    keys = {**mapping_in(manifest.value, "data"), **mapping_in(manifest.value, "stringData")}
    return source_of(manifest.namespace or namespace, str(manifest.metadata.get("name")), keys, pattern)


def find_config_map(manifest: Manifest, namespace: str, pattern: str) -> Source | None:
    """Return where the values go that Kamus decrypts from a ConfigMap; None for any other object."""
    if (manifest.group, manifest.kind) != ("", "ConfigMap"):
        return None
    keys = mapping_in(manifest.value, "data")
    return source_of(manifest.namespace or namespace, str(manifest.metadata.get("name")), keys, pattern)


def source_of(namespace: str, name: str, keys: Iterable[str], pattern: str) -> Source:
    """Return a Secret whose values go to the path of a pattern."""
    path = pattern.replace("{namespace}", namespace).replace("{name}", name)
    return Source(namespace, name, tuple(sorted(keys)), path)
