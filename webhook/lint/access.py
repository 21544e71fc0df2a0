"""Whether access files grant what a Pod asks for: the login, and each path.

The files are those of one Vault, the default one of the settings; what is read from another is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from vault.contract.plan import OWN_AUTH_KINDS, Plan, Read, Session
from vault.policy.authoring.short_paths import ShortPaths
from vault.policy.files.engines import metadata_path
from vault.policy.files.model import Access, Grant, Mount, Operation
from vault.policy.files.paths import find_mount
from vault.policy.offline.evaluate import grants_for, judge
from webhook.admission.annotations.pod_annotations import InjectionSpec, TemplateSpec
from webhook.lint.finding import Level
from webhook.workloads.planned import PlannedPod
from webhook.workloads.template_needs import find_template_needs

_KV2 = 2
NOT_GRANTED, NOT_KNOWN = "not-granted", "not-known"


class Gap(NamedTuple):
    """What is not granted, or is not known here; `annotation` is the one that asks for it."""

    level: Level
    rule: str
    annotation: str
    what: str


class _Asked(NamedTuple):
    annotation: str
    operation: Operation
    path: str


def find_gaps(pod: PlannedPod, access: Access, vault: str) -> Iterator[Gap]:
    """Yield what the files for a Vault do not grant."""
    made = pod.injection.plan
    for number, session in enumerate(made.sessions):
        if session.vault == vault:
            asked = [*_reads(made, number, access.mounts), *_templates(pod.spec, made, number, access.mounts)]
            yield from _gaps(asked, session, pod, access)
            yield from _unknown(pod.spec, made, number)


def _gaps(asked: Sequence[_Asked], session: Session, pod: PlannedPod, access: Access) -> Iterator[Gap]:
    who = f"{pod.facts.namespace}/{pod.facts.service_account}"
    annotations = [each.annotation for each in asked] or [""]
    if pod.spec.configuration is not None or session.auth_kind in OWN_AUTH_KINDS:
        what = f"by which role {who} reads, and what, is not for access files; not checked"
        yield Gap(Level.NOTE, NOT_KNOWN, annotations[0], what)
        return
    found = grants_for(access, pod.facts.namespace, pod.facts.service_account)
    grants = [each for each in found if (each.role, each.auth.path) == (session.role, session.auth_mount)]
    if not grants:
        what = f"no access file has the role {session.role} at auth/{session.auth_mount} for {who}"
        yield Gap(Level.ERROR, NOT_GRANTED, annotations[0], what)
        return
    for each in asked:
        yield from _judged(each, grants, access)


def _judged(asked: _Asked, grants: Sequence[Grant], access: Access) -> Iterator[Gap]:
    verdicts = [judge(access, grant, asked.operation, asked.path) for grant in grants]
    if any(each.is_allowed for each in verdicts):
        return
    role = grants[0].role
    what = f"the role {role} does not grant {asked.operation} of {asked.path}"
    unknown = next((each.unknown for each in verdicts if each.is_allowed is None), "")
    if unknown:
        yield Gap(
            Level.NOTE, NOT_KNOWN, asked.annotation, f"whether {what.replace('does not grant', 'grants')}: {unknown}"
        )
    elif asked.operation == "watch":  # without it each value is read again and again
        yield Gap(Level.WARNING, NOT_GRANTED, asked.annotation, f"{what}, by which a sidecar sees that it changed")
    else:
        yield Gap(Level.ERROR, NOT_GRANTED, asked.annotation, what)


def _reads(made: Plan, session: int, mounts: Mapping[str, Mount]) -> Iterator[_Asked]:
    for number, read in enumerate(made.reads):
        if read.session == session and not read.login:
            annotation = _annotation_of(made, number)
            yield _Asked(annotation, "update" if read.data else "read", read.path)
            if made.mode == "sidecar" and _is_watched(read, mounts):
                yield _Asked(annotation, "watch", read.path)


def _is_watched(read: Read, mounts: Mapping[str, Mount]) -> bool:
    return _is_kv2(read.path, mounts) and not read.data and read.version is None


def _is_kv2(path: str, mounts: Mapping[str, Mount]) -> bool:
    """Whether a path is of a secret of KV version 2, which has metadata to watch."""
    mount = find_mount(path, mounts)
    return mount is not None and mount.version == _KV2 and metadata_path(path, mount.path) is not None


def _annotation_of(made: Plan, read: int) -> str:
    """Return the first annotation that needs a read."""
    files = [each.annotation for each in made.outputs if read in {each.read, each.password_read}]
    variables = [each.annotation for file in made.env_files for each in file.variables if each.read == read]
    sets = [each.annotation for file in made.env_files for each in file.sets if each.read == read]
    return next(iter([*files, *variables, *sets]), "")


def _templates(spec: InjectionSpec, made: Plan, session: int, mounts: Mapping[str, Mount]) -> Iterator[_Asked]:
    for template in _of_session(spec, made, session):
        needs = find_template_needs([template], is_watched=made.mode == "sidecar")
        paths: ShortPaths = needs.paths.expanded(mounts)
        yield from (_Asked(template.annotation, "read", path) for path in sorted(paths.reads))
        yield from (_Asked(template.annotation, "update", path) for path in sorted(paths.writes))
        yield from (_Asked(template.annotation, "list", path) for path in sorted(paths.lists))
        watched = (path for path in sorted(paths.watched) if _is_kv2(path, mounts))
        yield from (_Asked(template.annotation, "watch", path) for path in watched)


def _of_session(spec: InjectionSpec, made: Plan, session: int) -> list[TemplateSpec]:
    names = {each.annotation for each in made.templates if each.session == session}
    return [each for each in spec.templates if each.annotation in names]


def _unknown(spec: InjectionSpec, made: Plan, session: int) -> Iterator[Gap]:
    for template in _of_session(spec, made, session):
        if find_template_needs([template], is_watched=False).unknown:
            yield Gap(Level.NOTE, NOT_KNOWN, template.annotation, "what this template reads cannot be known here")
