"""What must remain a Secret: uses that Kubernetes itself reads, or that no annotation can say."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from webhook.workloads.fieldpath import Keys, render_keys

_READ_BEFORE = {
    "imagePullSecrets": "the kubelet reads it before any container runs",
    "tls": "an ingress controller reads it",
    "nodePublishSecretRef": "a CSI driver reads it",
}


def find_remaining(value: Any, names: Collection[str], keys: Keys = ()) -> Iterator[tuple[str, str, str]]:
    """Yield field path, name and reason of each reference to a Secret of these names."""
    if isinstance(value, dict):
        for key, each in value.items():
            if isinstance(each, str) and each in names and _is_reference(key, keys):
                reason = next((why for word, why in _READ_BEFORE.items() if word in (*keys, key)), "")
                yield render_keys((*keys, key)), each, reason
            yield from find_remaining(each, names, (*keys, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from find_remaining(each, names, (*keys, number))


def _is_reference(key: str, keys: Keys) -> bool:
    """Whether a member names a Secret: `secretName`, `existingSecret`, or the `name` within what is called so."""
    if key != "name" and "secret" in key.lower():
        return True
    holder = next((each for each in reversed(keys) if isinstance(each, str)), "")
    return key == "name" and "secret" in holder.lower() and holder != "secretStoreRef"
