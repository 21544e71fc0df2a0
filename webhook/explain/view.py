"""From a Pod of a manifest to what becomes of it: the webhook's own decision and plan, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from vault.contract.plan import OWN_AUTH_KINDS, Plan, Read
from vault.gotemplate.errors import TemplateError
from webhook.admission.annotations.pod_annotations import (
    EnvFromSpec,
    EnvSpec,
    FileSpec,
    InjectionSpec,
    OpenDirectory,
    PlacedFile,
    TemplateSpec,
)
from webhook.admission.decision import Denied, Patched, decide
from webhook.admission.plan.injection import Injection
from webhook.admission.pod.facts import Container, PodFacts
from webhook.admission.rawjson import MalformedReview, mapping_in
from webhook.admission.review import AdmissionRequest
from webhook.config.settings import Settings
from webhook.explain.picture import ContainerView, Item, LoginView, PodView
from webhook.workloads.planned import plan_pod
from webhook.workloads.registry import ManifestPod
from webhook.workloads.template_paths import find_paths


def view(pod: ManifestPod, settings: Settings) -> PodView:
    """Show what becomes of a Pod."""
    manifest = pod.manifest
    seen = PodView(str(manifest), manifest.place(), pod.namespace, _account(pod), "unchanged")
    request = AdmissionRequest("explain", pod.namespace, "", "CREATE", "", is_dry_run=True, pod=pod.pod)
    try:
        decision = decide(request, settings)
        if isinstance(decision, Denied):
            more = (f"and {decision.more} more",) if decision.more else ()
            return replace(seen, outcome="denied", problems=(*map(str, decision.problems), *more))
        if not isinstance(decision, Patched):
            return replace(seen, warnings=decision.warnings)
        return _patched(replace(seen, outcome="patched", warnings=decision.warnings), pod, settings)
    except MalformedReview as error:
        return replace(seen, outcome="denied", problems=(str(error),))


def _account(pod: ManifestPod) -> str:
    spec = mapping_in(pod.pod, "spec")
    return str(spec.get("serviceAccountName") or "default")


def _patched(seen: PodView, pod: ManifestPod, settings: Settings) -> PodView:
    spec, facts, injection = plan_pod(pod, settings)
    unknown: list[str] = []
    logins = tuple(_logins(injection.plan, spec, settings, unknown))
    return replace(
        seen,
        mode=injection.plan.mode,
        containers=tuple(_containers(facts, injection)),
        logins=logins,
        unknown=tuple(unknown),
    )


def _containers(facts: PodFacts, injection: Injection) -> Iterator[ContainerView]:
    ours = "omamori-sidecar" if injection.plan.mode == "sidecar" else "omamori-init"
    init = [_container(each, "init", injection) for each in facts.init_containers]
    yield from init[: injection.position]
    yield ContainerView(ours, "ours")
    yield from init[injection.position :]
    yield from (_container(each, "app", injection) for each in facts.containers)


def _container(container: Container, kind: str, injection: Injection) -> ContainerView:
    files = tuple(sorted(_files(container.name, injection), key=lambda item: item.name))
    variables = [
        item
        for each in injection.environment.files
        if each.container == container.name
        for item in (
            *(_variable(spec, "launcher" if each.is_launched else "kubelet") for spec in each.specs),
            *(_set(spec) for spec in each.sets),
        )
    ]
    return ContainerView(container.name, kind, files, tuple(variables))


def _files(container: str, injection: Injection) -> Iterator[Item]:
    made = injection.plan
    modes = {each.annotation: each.mode for each in made.outputs}
    modes |= {each.annotation: each.mode for each in made.templates}
    for volume in injection.volumes:
        for mount in (each for each in volume.mounts if each.container == container):
            for name, spec in volume.files:
                if mount.sub_path in {"", name}:
                    path = mount.path if mount.sub_path else f"{mount.path}/{name}"
                    yield Item(path, _source(spec), spec.annotation, modes.get(spec.annotation, ""))


def _variable(spec: EnvSpec, by: str) -> Item:
    return Item(spec.name, _secret(spec), spec.annotation, by=by)


def _set(spec: EnvFromSpec) -> Item:
    return Item(f"{spec.prefix}*", f"each key of {spec.source.path}", spec.annotation, by="launcher")


def _source(spec: PlacedFile) -> str:
    if isinstance(spec, TemplateSpec):
        return f"a template of the volume {spec.volume}" if spec.volume else "a template"
    if isinstance(spec, OpenDirectory):
        return "what an agent configuration says"
    return _secret(spec) if isinstance(spec, FileSpec) else "a Vault token of its own"


def _secret(spec: FileSpec | EnvSpec) -> str:
    """Say what of which secret."""
    source = spec.source
    key = "/".join((source.key or "", *source.pointer))
    what = f"{key} of {source.path}" if source.key is not None else source.path
    version = f", version {source.version}" if source.version else ""
    return f"{what}{version}" + (f", as {spec.format}" if spec.format != "raw" else "")


def _logins(made: Plan, spec: InjectionSpec, settings: Settings, unknown: list[str]) -> Iterator[LoginView]:
    for number, session in enumerate(made.sessions):
        capabilities = _capabilities([each for each in made.reads if each.session == number and not each.login])
        for template in (each for each in made.templates if each.session == number):
            _add_template(spec, template.annotation, capabilities, unknown)
        words = {path: ", ".join(f'"{each}"' for each in some) for path, some in capabilities.items()}
        lines = [f'path "{path}" {{ capabilities = [{some}] }}' for path, some in words.items()]
        is_own = session.auth_kind in OWN_AUTH_KINDS
        yield LoginView(
            session.vault,
            session.role,
            f"auth/{session.auth_mount}",
            session.namespace,
            "" if is_own else settings.vaults[session.vault].audience,
            "\n".join(lines),
        )


def _capabilities(reads: Sequence[Read]) -> dict[str, dict[str, None]]:
    found: dict[str, dict[str, None]] = {}
    for each in reads:
        found.setdefault(each.path, {})["update" if each.data else "read"] = None
    return found


def _add_template(
    spec: InjectionSpec, annotation: str, capabilities: dict[str, dict[str, None]], unknown: list[str]
) -> None:
    template = next(each for each in spec.templates if each.annotation == annotation)
    try:
        paths = None if template.volume else find_paths(template.text, template.delimiters)
    except TemplateError:
        paths = None
    if paths is None or not paths.is_complete:
        unknown.append(annotation)
    if paths is not None:
        for some, capability in (
            (paths.reads | paths.pinned, "read"),
            (paths.writes, "update"),
            (paths.lists, "list"),
        ):
            for path in sorted(some):
                capabilities.setdefault(path, {})[capability] = None
