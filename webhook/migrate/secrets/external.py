"""What ExternalSecrets read from Vault, as the Secrets that the External Secrets Operator makes of them.

Facts of the operator (external-secrets.io/v1, provider vault)
- A store names a mount (`path`), without which the first segment of a key is the mount; KV version 2 is the default.
- `property` is a name, or a path of gjson with dots; without one the value is the whole secret as JSON.
- `target.template` makes other values of what is read; `dataFrom.extract` takes each key of a secret, `find` searches.

Source: external-secrets.io, "HashiCorp Vault" and "ExternalSecret"; buildPath in pkg/provider/vault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vault.contract.errors import ReferenceInvalid
from vault.contract.references import SecretRef
from webhook.migrate.secrets.source import Source
from webhook.workloads.annotated import named
from webhook.workloads.fieldpath import mapping_at
from webhook.workloads.manifest import Manifest

GROUP = "external-secrets.io"
_STORES = ("SecretStore", "ClusterSecretStore")
_KV2 = 2
_GJSON = re.compile(r"[.*?#@|\\]")
_DECODINGS = {"": "", "None": "", "Base64": " decode=base64"}


@dataclass(frozen=True, slots=True)
class Store:
    """A store of Vault: its mount ("": in each key), the version of its KV engine, and which Vault it is."""

    mount: str
    version: int
    server: str = ""
    namespace: str = ""

    def __str__(self) -> str:
        return f"{self.server or 'the store'}{f', namespace {self.namespace}' if self.namespace else ''}"

    def path(self, key: str) -> str:
        """Return the API path of a key."""
        if self.version == 1:
            return f"{self.mount}/{key}" if self.mount and not key.startswith(f"{self.mount}/") else key
        if self.mount:
            cut = f"{self.mount}/"
            rest = key.removeprefix(cut).removeprefix("data/") if key.startswith(cut) else key
            return f"{cut}data/{rest}"
        mount, _, rest = key.partition("/")
        return key if "/data/" in key else f"{mount}/data/{rest}"


@dataclass(frozen=True, slots=True)
class External:
    """An ExternalSecret: the Secret that it makes, and a line for each value that Pods can read from Vault themselves.

    `stays` says what they cannot.
    """

    where: str
    vault: str
    source: Source
    stays: tuple[str, ...]


def find_stores(manifests: Sequence[Manifest], namespace: str) -> dict[tuple[str, str, str], Store | None]:
    """Return the stores by kind, namespace ("": of the cluster) and name; None: of another provider than Vault."""
    found: dict[tuple[str, str, str], Store | None] = {}
    for each in manifests:
        if each.group == GROUP and each.kind in _STORES:
            place = "" if each.kind == "ClusterSecretStore" else each.namespace or namespace
            vault = mapping_at(each.value, "spec", "provider", "vault")
            store = Store(
                mount=str(vault.get("path") or "").strip("/"),
                version=1 if vault.get("version") == "v1" else 2,
                server=str(vault.get("server") or ""),
                namespace=str(vault.get("namespace") or ""),
            )
            found[each.kind, place, str(each.metadata.get("name"))] = store if vault else None
    return found


def find_external(
    manifests: Sequence[Manifest], stores: Mapping[tuple[str, str, str], Store | None], namespace: str
) -> Iterator[External]:
    """Yield what ExternalSecrets make. `namespace` is for those that name none."""
    for each in manifests:
        if each.group == GROUP and each.kind == "ExternalSecret":
            yield _external(each, stores, each.namespace or namespace)
        elif each.group == GROUP and each.kind == "ClusterExternalSecret":
            what = "its Secrets are in namespaces that are chosen in the cluster; not looked at"
            yield External(named(each, each.place()), "", Source("", "", (), "", is_whole=False), (what,))


def sources_of(found: Sequence[External]) -> dict[tuple[str, str], Source]:
    """Return the Secrets by namespace and name. Of one that several objects make not all keys are known."""
    sources: dict[tuple[str, str], Source] = {}
    for each in found:
        key = (each.source.namespace, each.source.name)
        if key not in sources:
            sources[key] = each.source
        else:
            both = dict((*sources[key].references, *each.source.references))
            keys, references = tuple(sorted(both)), tuple(sorted(both.items()))
            sources[key] = Source(*key, keys, "", references=references, is_whole=False)
    return sources


def _external(manifest: Manifest, stores: Mapping[tuple[str, str, str], Store | None], namespace: str) -> External:
    spec = mapping_at(manifest.value, "spec")
    target = mapping_at(spec, "target")
    stays: list[str] = []
    references: dict[str, str] = {}
    reference = mapping_at(spec, "secretStoreRef")
    kind = str(reference.get("kind") or "SecretStore")
    place = "" if kind == "ClusterSecretStore" else namespace
    store = stores.get((kind, place, str(reference.get("name"))))
    if target.get("template"):
        stays.append("target.template makes other values of what is read; write a template annotation by hand")
    elif (kind, place, str(reference.get("name"))) not in stores:
        stays.append(f"its {kind} {reference.get('name')} is not in these files")
    elif store is None:
        stays.append(f"its {kind} {reference.get('name')} is not of Vault")
    else:
        references = dict(_values(spec, store, stays))
    name = str(target.get("name") or manifest.metadata.get("name"))
    if target.get("creationPolicy") in {"Merge", "None"}:
        stays.append(f"creationPolicy {target['creationPolicy']}: others make the Secret, or nobody")
    keys, listed = tuple(sorted(references)), tuple(sorted(references.items()))
    source = Source(namespace, name, keys, "", references=listed, is_whole=not stays)
    return External(named(manifest, manifest.place()), str(store or ""), source, tuple(stays))


def _values(spec: Mapping[str, Any], store: Store, stays: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the keys of the Secret, each with the value of an annotation that gives the same."""
    for each in _mappings(spec, "data"):
        key, remote = str(each.get("secretKey")), mapping_at(each, "remoteRef")
        what = "" if not each.get("sourceRef") else "sourceRef names another store, or a generator"
        decoding = _DECODINGS.get(str(remote.get("decodingStrategy") or ""))
        wanted = str(remote.get("property") or "")
        version = str(remote.get("version") or "")
        if decoding is None:
            what = f"decodingStrategy {remote.get('decodingStrategy')} is not known to omamori"
        elif decoding and not wanted:
            what = "a decodingStrategy of a whole secret is none of omamori's"
        elif remote.get("metadataPolicy") == "Fetch":
            what = "it is the secret's metadata that is read"
        elif _GJSON.search(wanted):
            what = f"property {wanted} is a key of that name, or a path into a value: write #KEY or #/KEY/NAME by hand"
        elif version and not version.isdecimal():
            what = f"version {version} is no number"
        if what:
            stays.append(f"{key}: {what}")
            continue
        try:
            pinned = int(version) if version and store.version == _KV2 else None
            found = SecretRef(path=store.path(str(remote.get("key"))), key=wanted or None, version=pinned)
        except ReferenceInvalid as error:
            stays.append(f"{key}: {error}")
            continue
        yield key, f"{found}{decoding if wanted else ' format=json'}"
    for each in _mappings(spec, "dataFrom"):
        extracted = mapping_at(each, "extract").get("key")
        if extracted and not each.get("rewrite") and not each.get("sourceRef"):
            stays.append(
                f"dataFrom: each key of {store.path(str(extracted))}: envfrom.omamori.dev gives all as variables"
            )
        else:
            stays.append("dataFrom: keys that are searched for, renamed or generated are not known here")


def _mappings(spec: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = spec.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
