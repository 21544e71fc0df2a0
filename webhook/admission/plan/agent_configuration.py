"""Where the agent finds the configuration that the Pod's author keeps in a ConfigMap, and what it may ask for there.

The webhook cannot read it: that needs a right on ConfigMaps, and the ConfigMap may change before the Pod starts. So the
Plan says what an annotation would be checked for here: the Vault (its one session), the directories of files, the files
of a login. The agent refuses all else.
"""

from __future__ import annotations

from collections.abc import Iterable

from vault.contract.plan import Configuration
from webhook.admission.annotations.pod_annotations import InjectionSpec, OpenDirectory
from webhook.admission.plan.own_auth import allows_app_role
from webhook.admission.plan.templates import plan_template_volumes, volume_directory
from webhook.admission.plan.vault_login import choose_vault
from webhook.admission.plan.volumes import FilesVolume
from webhook.admission.pod.facts import PodFacts
from webhook.admission.pod.names import CONFIG_DIRECTORY, EXTRA_DIRECTORY, VOLUMES_DIRECTORY
from webhook.config.settings import Settings


def plan_configuration(
    spec: InjectionSpec, pod: PodFacts, volumes: Iterable[FilesVolume], settings: Settings
) -> tuple[Configuration, ...]:
    """Return the one configuration, or none."""
    asked = spec.configuration
    if asked is None:
        return ()
    mounted = plan_template_volumes(spec, pod)
    vault = choose_vault(spec, settings, spec.vault)
    may_use_app_role = vault is not None and allows_app_role(vault) and spec.container.extra_secret
    sources = (
        (place, f"{volume_directory(volume)}/{path}".rstrip("/"))
        for place, volume, path in asked.sources
        if volume in mounted
    )
    return (
        Configuration(
            files=tuple(f"{CONFIG_DIRECTORY}/{each}" for each in asked.files),
            volumes=tuple(_places(volumes)),
            sources=((CONFIG_DIRECTORY, CONFIG_DIRECTORY), *sources),
            app_role_directory=EXTRA_DIRECTORY if may_use_app_role else "",
            annotation=asked.annotation,
        ),
    )


def _places(volumes: Iterable[FilesVolume]) -> Iterable[tuple[str, str]]:
    """Yield where the application has each volume whose files are the agent's to say, with the place in our container.

    All containers have the same directories, since no annotation gives one of them to some containers alone.
    """
    for volume in volumes:
        if any(isinstance(file, OpenDirectory) for _, file in volume.files):
            for place in dict.fromkeys(mount.path for mount in volume.mounts):
                yield place, f"{VOLUMES_DIRECTORY}/{volume.name}"
