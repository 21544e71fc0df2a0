"""Determine what a Pod's templates need from a Vault, as far as their texts say it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from vault.gotemplate.errors import TemplateError
from vault.policy.authoring.short_paths import NO_PATHS, ShortPaths
from webhook.admission.annotations.pod_annotations import TemplateSpec
from webhook.workloads.template_paths import find_paths


@dataclass(slots=True)
class TemplateNeeds:
    """The paths, `unknown`: which templates have others, and `problems`: which texts are no templates."""

    paths: ShortPaths = NO_PATHS
    unknown: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def find_template_needs(templates: Iterable[TemplateSpec], *, is_watched: bool) -> TemplateNeeds:
    """Look at all templates. `is_watched`: what they read is watched, unless one version was asked for."""
    needs = TemplateNeeds()
    for template in templates:
        if template.volume:
            what = f"is a file of the volume {template.volume}, so its paths are unknown here; grant them by hand"
            needs.unknown.append(f"{template.annotation}: {what}")
            continue
        try:
            found = find_paths(template.text, template.delimiters)
        except TemplateError as error:
            needs.problems.append(f"{template.annotation}: {error}")
            continue
        needs.problems += [f"{template.annotation}: {mistake}" for mistake in found.mistakes]
        if not found.is_complete:
            what = "computes paths, which are unknown here; grant them by hand"
            needs.unknown.append(f"{template.annotation}: {what}")
        reads = frozenset(found.reads)
        needs.paths = needs.paths.joined(
            ShortPaths(
                reads | found.pinned,
                frozenset(found.writes),
                frozenset(found.lists),
                reads if is_watched else frozenset(),
            )
        )
    return needs
