"""Determine what the demo has to have in its Vault: the secrets, and what the policy allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from vault.client import VaultClient
from vault.contract.errors import PathNotFound, PathRefused
from vault.gotemplate.errors import TemplateError
from vault.policy.authoring.declarations import mount_of
from vault.policy.authoring.short_paths import ShortPaths
from vault.policy.files.model import Mount
from webhook.admission.annotations.pod_annotations import EnvFromSpec, EnvSpec, FileSpec, InjectionSpec
from webhook.demo.stop import DemoStopped
from webhook.workloads.template_paths import TemplatePaths, find_paths

_USUAL_KEYS = ("username", "password")


@dataclass(slots=True)
class Asked:
    """The keys of each secret by its path, and the capabilities of each path; both in the order of the annotations.

    A key is the names by which its value is found: of one at the top of the secret just that.
    """

    keys: dict[str, dict[tuple[str, ...], None]] = field(default_factory=dict)
    capabilities: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, path: str, capability: str, keys: Iterable[tuple[str, ...]] = ()) -> None:
        """Add what the policy allows. With keys, it is a secret that is to be there with them."""
        self.capabilities.setdefault(path, {})[capability] = None
        for key in keys:
            self.keys.setdefault(path, {})[key] = None

    @property
    def policy(self) -> str:
        """A policy for all of it, and nothing else."""
        rules = ((path, ", ".join(f'"{each}"' for each in some)) for path, some in self.capabilities.items())
        return "\n".join(f'path "{path}" {{ capabilities = [{some}] }}' for path, some in rules)


def template_paths(spec: InjectionSpec) -> list[TemplatePaths]:
    """Return the paths of each template. Raises DemoStopped where they are not known."""
    found: list[TemplatePaths] = []
    if spec.configuration is not None:
        raise DemoStopped(
            f"{spec.configuration.annotation} names a ConfigMap, and the demo has none",
            hint="write its templates as annotations for the demo",
        )
    for each in spec.templates:
        if each.volume:
            raise DemoStopped(
                f"{each.annotation} is a file of the volume {each.volume}, and the demo has no ConfigMaps",
                hint="write the template's text into the annotation for the demo",
            )
        try:
            paths = find_paths(each.text, each.delimiters)
        except TemplateError as error:
            raise DemoStopped(f"{each.annotation} is no template: {error}", hint="see docs/templates.md") from None
        if paths.mistakes:
            raise DemoStopped(f"{each.annotation}: {paths.mistakes[0]}", hint="see docs/templates.md")
        if not paths.is_complete:
            raise DemoStopped(
                f"{each.annotation} computes paths, so the demo does not know which secrets to make up",
                hint='write the paths as text for the demo: secret "secret/data/shop/db"',
            )
        found.append(paths)
    return found


def find_asked(spec: InjectionSpec, client: VaultClient) -> Asked:
    """Return all that a Pod asks for. A path of a template may be short, so the mounts of those are read.

    Raises DemoStopped where a template's paths are not known, and Failure.
    """
    asked = Asked()
    for secret in spec.secrets:
        capability = "update" if secret.data else "read"
        asked.add(secret.source.path, capability, _keys_of(secret))
        if isinstance(secret, FileSpec) and secret.password is not None:
            password = secret.password
            asked.add(password.path, "read", [(password.key or "", *password.pointer)])
    for each in template_paths(spec):
        short = ShortPaths(frozenset(each.reads | each.pinned), frozenset(each.writes), frozenset(each.lists))
        paths = short.expanded(_mounts(short, client))
        for path in sorted(paths.reads):
            asked.add(path, "read", ((key,) for key in each.keys or _USUAL_KEYS))
        for path in sorted(paths.writes):
            asked.add(path, "update")
        for path in sorted(paths.lists):
            asked.add(path, "list")
    return asked


def _keys_of(secret: FileSpec | EnvSpec | EnvFromSpec) -> list[tuple[str, ...]]:
    """Return the keys that a secret is taken by."""
    at = () if secret.source.key is None else (secret.source.key, *secret.source.pointer)
    chosen: Iterable[str] = ()
    if isinstance(secret, FileSpec | EnvFromSpec):
        chosen = secret.keys or [old for old, _ in secret.renames]
    if not at and not chosen:
        chosen = _USUAL_KEYS
    return [(*at, name) for name in chosen] or [at]


def _mounts(paths: ShortPaths, client: VaultClient) -> dict[str, Mount]:
    """Read the mounts that paths are in; one without a mount is told of where its secret is to be written."""
    mounts: dict[str, Mount] = {}
    for path in sorted(paths.all):
        try:
            found = client.read(f"sys/internal/ui/mounts/{path}")
        except (PathNotFound, PathRefused):
            continue
        if found is not None:
            name = str(found["path"]).strip("/")
            mounts[name] = mount_of(name, found)
    return mounts
