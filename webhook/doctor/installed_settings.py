"""Read the installation's settings from its Deployment, like the webhook from its environment.

A file that a variable names is looked up in its source: a key of a ConfigMap or Secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from webhook.config.environ import PREFIX, SettingsInvalid
from webhook.config.settings import Settings, from_environ
from webhook.doctor.snapshot import K8sObject, Lookup

_CONTAINER = "webhook"
_CERTIFICATE_FILE = f"{PREFIX}TLS_CERTIFICATE_FILE"
_CA_FILE = "_CA_FILE"


@dataclass(frozen=True, slots=True)
class FileSource:
    """The source of a container's file: an object of the installation's namespace, and its key."""

    kind: str
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Configured:
    """The settings of a Deployment. `settings` None: invalid, see `mistakes`. `serving` None: not from a Secret."""

    settings: Settings | None
    mistakes: tuple[str, ...]
    serving: FileSource | None
    trust: Mapping[str, FileSource]
    image: str


def read_configured(deployment: K8sObject) -> Configured:
    """Read a Deployment. `with_trust` adds the CAs of Vaults."""
    pod = deployment["spec"]["template"]["spec"]
    container = next((each for each in pod["containers"] if each["name"] == _CONTAINER), pod["containers"][0])
    environ = {each["name"]: str(each.get("value") or "") for each in container.get("env") or ()}
    files = {name: text for name, text in environ.items() if name.endswith(_CA_FILE)}
    settings: Settings | None = None
    mistakes: tuple[str, ...] = ()
    try:
        settings, _ = from_environ({name: text for name, text in environ.items() if name not in files})
    except SettingsInvalid as error:
        mistakes = error.mistakes
    sources = {name: _source(pod, container, path) for name, path in files.items()}
    return Configured(
        settings=settings,
        mistakes=mistakes,
        serving=_source(pod, container, environ.get(_CERTIFICATE_FILE, "")),
        trust=MappingProxyType({name: source for name, source in sources.items() if source is not None}),
        image=str(container.get("image") or ""),
    )


def with_trust(configured: Configured, trust: Lookup) -> Settings | None:
    """Return the settings with the CAs that the webhook reads from files. None: the settings are wrong."""
    if configured.settings is None:
        return None
    data = {each["metadata"]["name"]: each.get("data") or {} for each in trust.items}
    vaults = dict(configured.settings.vaults)
    for name, vault in vaults.items():
        source = configured.trust.get(f"{PREFIX}VAULT_{name.upper().replace('-', '_')}{_CA_FILE}")
        if source is not None:
            vaults[name] = replace(vault, ca_pem=data.get(source.name, {}).get(source.key, ""))
    return replace(configured.settings, vaults=vaults)


def _source(pod: K8sObject, container: K8sObject, path: str) -> FileSource | None:
    """Find the source of a file. None: not from a ConfigMap or Secret, or not mounted as a whole."""
    folder, _, file = path.rpartition("/")
    mounts = [each for each in container.get("volumeMounts") or () if each["mountPath"].rstrip("/") == folder]
    for volume in pod.get("volumes") or ():
        if not mounts or volume["name"] != mounts[0]["name"]:
            continue
        for kind, field in (("ConfigMap", "name"), ("Secret", "secretName")):
            given: Any = volume.get(kind[0].lower() + kind[1:])
            if given is not None:
                return FileSource(kind, str(given.get(field)), file)
    return None
