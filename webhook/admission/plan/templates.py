"""What templates need: a volume of ConfigMaps where they are files in one, and room in the Plan where they are text.

A volume is mounted in our container alone, as the Pod has it. It is never a Secret's, nor one that others write to:
what a template says, our login reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vault.contract.shown import quoted
from webhook.admission.annotations.pod_annotations import InjectionSpec, PlacedFile, TemplateSpec
from webhook.admission.limits import MAX_DELIVERY_BYTES
from webhook.admission.plan.volumes import FilesVolume
from webhook.admission.pod.facts import PodFacts
from webhook.admission.pod.names import TEMPLATES_DIRECTORY
from webhook.admission.pod.volumes import CONFIG_MAPS
from webhook.admission.problems import Problem
from webhook.admission.reasons import Reason


def check_templates(spec: InjectionSpec, pod: PodFacts, volumes: Iterable[FilesVolume]) -> Iterator[Problem]:
    """Say which volume is not there or is of another kind, and whether all texts are too much for a Plan."""
    if not spec.templates:
        return
    contents = dict(pod.volumes)
    for template in spec.templates:
        found = contents.get(template.volume)
        if template.volume and found is None:
            what = f"there is no volume {quoted(template.volume)} in the Pod; add one, with configMap"
            yield Problem(Reason.VOLUME, template.annotation, what)
        elif template.volume and found != CONFIG_MAPS:
            what = (
                f"the volume {quoted(template.volume)} is of the kind {found}; a template is read from a configMap "
                "volume only, or from a projected one that has nothing else"
            )
            yield Problem(Reason.VOLUME, template.annotation, what)
    if sum(_text_size(file) for volume in volumes for _, file in volume.files) > MAX_DELIVERY_BYTES:
        what = (
            f"the texts of all templates, once for each group of containers that get the same files, take more than "
            f"{MAX_DELIVERY_BYTES >> 10} KiB; put some into a ConfigMap: volume:VOLUME/path"
        )
        yield Problem(Reason.TOO_LARGE, "", what)


def plan_template_volumes(spec: InjectionSpec, pod: PodFacts) -> tuple[str, ...]:
    """Return the volumes that our container mounts: all that templates name, and ConfigMaps that they may be in."""
    named = {each.volume for each in spec.templates if each.volume}
    contents = dict(pod.volumes)
    return tuple(each for each in sorted(spec.template_volumes) if each in named or contents.get(each) == CONFIG_MAPS)


def template_file(template: TemplateSpec) -> str:
    """Return where our container has a template that is a file of a volume, "" for a text."""
    return f"{volume_directory(template.volume)}/{template.path}" if template.volume else ""


def volume_directory(name: str) -> str:
    """Return where our container has a volume of the Pod."""
    return f"{TEMPLATES_DIRECTORY}/{name}"


def _text_size(file: PlacedFile) -> int:
    return len(file.text.encode()) if isinstance(file, TemplateSpec) else 0
