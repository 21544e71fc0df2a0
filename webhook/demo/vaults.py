"""Which Vaults the demo has to be: one for each name that the Pod's annotations give, or one where they give none."""

from __future__ import annotations

from dataclasses import dataclass, replace

from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.config.settings import DEFAULT_AUDIENCE, DEFAULT_ROLE_PATTERN
from webhook.demo.manifest import ManifestPod

_NAME = "main"


@dataclass(frozen=True, slots=True)
class DemoVault:
    """A Vault of the demo. `audience` is that of its tokens; `parts` are the roles, each with what it reads."""

    name: str
    audience: str
    parts: tuple[tuple[str, InjectionSpec], ...]


def find_vaults(spec: InjectionSpec, pod: ManifestPod) -> list[DemoVault]:
    """Return them in the order in which the annotations name them."""
    usual_role = DEFAULT_ROLE_PATTERN.role(pod.namespace, pod.service_account)
    named = replace(spec, vault=spec.vault or _NAME, role=spec.role or usual_role)
    parts: dict[str, list[tuple[str, InjectionSpec]]] = {}
    for each in named.vault_roles:
        parts.setdefault(str(each.vault), []).append((str(each.role), named.part_of(each)))
    return [
        DemoVault(name, DEFAULT_AUDIENCE if not number else f"{DEFAULT_AUDIENCE}-{name}", tuple(some))
        for number, (name, some) in enumerate(parts.items())
    ]
