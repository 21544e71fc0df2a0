"""Read and write certificates in the cluster: two Secrets, and `caBundle` of the webhook configuration.

- The authorities are in a Secret that only the controller reads: `authority-1.crt`, `authority-1.key` and so on, from
  old to new. The serving certificate is in a `kubernetes.io/tls` Secret, which the webhook's Pods mount.
- Of the webhook configuration the controller owns only `clientConfig.caBundle` of its entries, by server-side apply
  with its own field manager, so that it does not conflict with the installer of the rest.
- With a given authority, `tls.crt` and `tls.key` of its Secret are read, and the webhook configuration is not: no right
  to it is needed.
- A Secret is written on top of the version that was read: of two controllers, one gets a conflict and reads again.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webhook.controller.ca import KeyPair, parse_bundle, parse_pair
from webhook.controller.rotation import Certificates
from webhook.kube.client import Cluster, Object
from webhook.kube.names import FIELD_MANAGER

_AUTHORITY = re.compile(r"authority-([0-9]{1,9})\.crt")
_LABELS = {"app.kubernetes.io/managed-by": FIELD_MANAGER}


@dataclass(frozen=True, slots=True)
class Names:
    """Names of the objects. `service` is the webhook's Service; its entries in `configuration` are ours."""

    namespace: str
    configuration: str
    service: str
    authorities: str
    serving: str

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names of the Service; the API server verifies the first one."""
        return (f"{self.service}.{self.namespace}.svc", f"{self.service}.{self.namespace}.svc.cluster.local")


@dataclass(frozen=True, slots=True)
class Stored:
    """What was read. A missing object is None; `entries` are the names of the configuration's webhooks."""

    certificates: Certificates
    authorities: Object | None
    serving: Object | None
    entries: tuple[str, ...]
    bundles: frozenset[str]


def read_stored(cluster: Cluster, names: Names) -> Stored:
    """Read everything. Invalid content counts as missing. Raises ClusterFailed."""
    authorities = cluster.read(_secret(names, names.authorities))
    serving = cluster.read(_secret(names, names.serving))
    configuration = cluster.read(_configuration(names)) or {}
    ours = [entry for entry in configuration.get("webhooks") or () if _leads_to(entry, names)]
    bundles = [str(entry["clientConfig"].get("caBundle") or "") for entry in ours]
    trusted = dict.fromkeys(each for bundle in bundles for each in parse_bundle(_decoded(bundle)))
    return Stored(
        certificates=Certificates(
            authorities=_authorities(_data(authorities)),
            serving=parse_pair(_data(serving).get("tls.crt", b""), _data(serving).get("tls.key", b"")),
            # all entries should be equal; an entry without an authority does not trust it yet
            trusted=tuple(each for each in trusted if all(each in parse_bundle(_decoded(one)) for one in bundles)),
        ),
        authorities=authorities,
        serving=serving,
        entries=tuple(entry["name"] for entry in ours),
        bundles=frozenset(bundles),
    )


def read_given(cluster: Cluster, names: Names) -> tuple[KeyPair | None, Stored]:
    """Read an authority that the installer has created (a `kubernetes.io/tls` Secret), and the serving certificate.

    None: there is no usable authority. Raises ClusterFailed.
    """
    given = _data(cluster.read(_secret(names, names.authorities)))
    serving = cluster.read(_secret(names, names.serving))
    pair = parse_pair(_data(serving).get("tls.crt", b""), _data(serving).get("tls.key", b""))
    stored = Stored(Certificates(serving=pair), None, serving, (), frozenset())
    return parse_pair(given.get("tls.crt", b""), given.get("tls.key", b"")), stored


def write_serving(cluster: Cluster, names: Names, there: Object | None, serving: KeyPair, trusted: str) -> bool:
    """Write the serving certificate if it differs. `trusted` is added for other callers, such as Prometheus."""
    data = {"tls.crt": serving.certificate, "tls.key": serving.key, "ca.crt": trusted}
    return _write_secret(cluster, _empty(names, names.serving, "kubernetes.io/tls"), there, data)


def write_wanted(cluster: Cluster, names: Names, stored: Stored, wanted: Certificates) -> list[str]:
    """Write differences: authorities, then `caBundle`, then the serving certificate. Returns what was written."""
    written: list[str] = []
    data: dict[str, str] = {}
    for number, each in enumerate(wanted.authorities, 1):
        data |= {f"authority-{number}.crt": each.certificate, f"authority-{number}.key": each.key}
    if _write_secret(cluster, _empty(names, names.authorities, "Opaque"), stored.authorities, data):
        written.append("authorities")
    bundle = base64.b64encode("".join(wanted.trusted).encode()).decode()
    if stored.entries and stored.bundles != {bundle}:
        entries = [{"name": name, "clientConfig": {"caBundle": bundle}} for name in stored.entries]
        api = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration"}
        body = {**api, "metadata": {"name": names.configuration}, "webhooks": entries}
        cluster.apply(_configuration(names), body, FIELD_MANAGER)
        written.append("caBundle")
    if wanted.serving is not None and write_serving(
        cluster, names, stored.serving, wanted.serving, "".join(wanted.trusted)
    ):
        written.append("serving")
    return written


def _empty(names: Names, name: str, kind: str) -> Object:
    metadata = {"name": name, "namespace": names.namespace, "labels": _LABELS}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind}


def _write_secret(cluster: Cluster, empty: Object, there: Object | None, data: Mapping[str, str]) -> bool:
    """Write the data of an existing or new Secret. Returns whether a write was needed."""
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    folder = f"/api/v1/namespaces/{empty['metadata']['namespace']}/secrets"
    if there is None:
        cluster.create(folder, {**empty, "data": encoded})
        return True
    if there.get("data") == encoded:
        return False
    cluster.replace(f"{folder}/{empty['metadata']['name']}", {**there, "data": encoded})
    return True


def _secret(names: Names, name: str) -> str:
    return f"/api/v1/namespaces/{names.namespace}/secrets/{name}"


def _configuration(names: Names) -> str:
    return f"/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/{names.configuration}"


def _leads_to(entry: Mapping[str, Any], names: Names) -> bool:
    service = (entry.get("clientConfig") or {}).get("service") or {}
    return (service.get("namespace"), service.get("name")) == (names.namespace, names.service)


def _authorities(data: Mapping[str, bytes]) -> tuple[KeyPair, ...]:
    numbers = sorted(int(found[1]) for key in data if (found := _AUTHORITY.fullmatch(key)))
    pairs = (parse_pair(data[f"authority-{n}.crt"], data.get(f"authority-{n}.key", b"")) for n in numbers)
    return tuple(sorted(filter(None, pairs), key=lambda pair: pair.made))


def _data(secret: Object | None) -> dict[str, bytes]:
    return {key: _decoded(value) for key, value in ((secret or {}).get("data") or {}).items()}


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""
