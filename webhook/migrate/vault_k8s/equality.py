"""Whether two requests of a Pod are the same, whatever the annotations are that they were made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from webhook.admission.annotations.pod_annotations import FileSpec, InjectionSpec, PlacedFile, TemplateSpec, TokenSpec
from webhook.migrate.vault_k8s.gotemplates import Key


def essence_of(
    spec: InjectionSpec, keys: Mapping[str, Key] | None = None, containers: tuple[str, ...] | None = None
) -> dict[str, Any]:
    """Return what a spec asks for, without the names of annotations, the login, and what becomes of a missing key.

    `keys` are templates that stand for one key, by their annotation. `containers` are those that get the files, where
    the spec says it in another way.
    """
    found = keys or {}
    return {
        "role": spec.role,
        "mode": spec.mode,
        "refresh": spec.refresh_seconds,
        "on-change": spec.on_change,
        "position": spec.position,
        "resources": sorted(spec.resources),
        "container": replace(spec.container, user=None, group=None, raises_limits=False, pod_fields=()),
        "user": spec.container.user or spec.run_as_user,
        "containers": containers or spec.containers,
        "files": sorted(_file(each, spec, found.get(each.annotation)) for each in spec.placed),
    }


def _file(file: PlacedFile, spec: InjectionSpec, key: Key | None) -> tuple[Any, ...]:
    placed = (file.directory or spec.directory or "", file.name, f"{file.mode}", f"{file.containers}")
    takes_leases = spec.mode == "init" and file.allows_short_lease
    if key is not None:
        return (*placed, "key", str(key.source), key.is_base64)
    if isinstance(file, FileSpec):
        return (*placed, "key" if file.format == "raw" else file.format, str(file.source), bool(file.decode))
    if isinstance(file, TemplateSpec):
        source = file.text or f"{file.volume}/{file.path}"
        return (*placed, "template", source, file.delimiters, bool(file.volume), takes_leases, file.optional)
    return (*placed, "token" if isinstance(file, TokenSpec) else "open")
