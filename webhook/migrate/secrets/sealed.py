"""SealedSecrets as the Secrets that their controller makes (bitnami.com/v1alpha1)."""

from __future__ import annotations

from webhook.admission.rawjson import mapping_in
from webhook.migrate.secrets.source import Source
from webhook.workloads.fieldpath import mapping_at
from webhook.workloads.manifest import Manifest

GROUP, KIND = "bitnami.com", "SealedSecret"
PATTERN = "secret/data/{namespace}/{name}"


def parse_pattern(text: str) -> str:
    """Parse a path with {namespace} and {name}, so that two Secrets have two paths. Raises ValueError."""
    if "{namespace}" not in text or "{name}" not in text:
        raise ValueError(f"is {text!r}; it has to have {{namespace}} and {{name}}: {PATTERN}")
    return text


def find_sealed(manifest: Manifest, namespace: str, pattern: str) -> Source | None:
    """Return the Secret of a SealedSecret, None for any other object. `namespace` is for one that names none.

    Its keys are those that are sealed, and those that `template.data` makes of them.
    """
    if (manifest.group, manifest.kind) != (GROUP, KIND):
        return None
    keys = {
        **mapping_at(manifest.value, "spec", "encryptedData"),
        **mapping_at(manifest.value, "spec", "template", "data"),
    }
    metadata = mapping_in(mapping_at(manifest.value, "spec", "template"), "metadata")
    name = str(metadata.get("name") or manifest.metadata.get("name") or "")
    where = manifest.namespace or namespace
    path = pattern.replace("{namespace}", where).replace("{name}", name)
    return Source(where, name, tuple(sorted(keys)), path)
