"""The Secrets that the settings expect in each Pod's namespace: only whether they are there, and with which keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from webhook.config.settings import Settings
from webhook.doctor.collect import ClusterReader
from webhook.doctor.snapshot import Lookup

_PULL_KEYS = (".dockerconfigjson",)


@dataclass(frozen=True, slots=True)
class SecretProbe:
    """A Secret, what it is for, and the keys that it must have. `lookup` has the names of its keys as `items`."""

    purpose: str
    keys: tuple[str, ...]
    lookup: Lookup


def read_pod_secrets(reader: ClusterReader, settings: Settings, namespace: str) -> list[SecretProbe]:
    """Look up each of them in a namespace. Nothing of a value is kept. Raises ClusterFailed."""
    probes = []
    for purpose, name, keys in _wanted(settings, namespace):
        lookup = reader.at(f"Secret {name} in {namespace}", f"/api/v1/namespaces/{namespace}/secrets/{name}")
        if lookup.found is not None:
            lookup = replace(lookup, found={"items": sorted(lookup.found.get("data") or {})})
        probes.append(SecretProbe(purpose, keys, lookup))
    return probes


def _wanted(settings: Settings, namespace: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield what each is for, its name and its keys. The one with a CA is a finding of its Vault."""
    for name in settings.agent.pull_secrets:
        yield "the agent's image", name, _PULL_KEYS
    for vault in settings.vaults.values():
        if vault.pod_namespaces and namespace not in vault.pod_namespaces:
            continue
        if vault.client_secret:
            yield f"the client certificate for the Vault {vault.name}", vault.client_secret, ("tls.crt", "tls.key")
        if vault.proxy_secret:
            yield f"the proxy to the Vault {vault.name}", vault.proxy_secret, ("username", "password")
