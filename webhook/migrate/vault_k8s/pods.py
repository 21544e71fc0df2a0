"""Whether a Pod's annotations of vault-k8s can be ours, and which: all of them, or none.

The webhook's own parsers and decision judge both: what it would refuse, or understand in another way, stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vault.gotemplate.errors import TemplateError
from webhook.admission.annotations.parse import DOMAIN
from webhook.admission.annotations.parse import parse_annotations as parse_ours
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.annotations.vault_k8s.annotation import Fate
from webhook.admission.annotations.vault_k8s.go_values import FALSE_WORDS
from webhook.admission.annotations.vault_k8s.parse import SWITCH
from webhook.admission.annotations.vault_k8s.parse import parse_annotations as parse_theirs
from webhook.admission.annotations.vault_k8s.table import DOMAIN as THEIRS
from webhook.admission.annotations.vault_k8s.table import TABLE
from webhook.admission.decision import Denied, decide
from webhook.admission.pod.facts import PodFacts, read_facts
from webhook.admission.problems import Rejected
from webhook.admission.rawjson import MalformedReview, mapping_in
from webhook.admission.review import AdmissionRequest
from webhook.config.environ import PREFIX
from webhook.config.settings import from_environ
from webhook.migrate.vault_k8s.equality import essence_of
from webhook.migrate.vault_k8s.gotemplates import Key, find_keys, single_key
from webhook.migrate.vault_k8s.obstacles import find_obstacles
from webhook.migrate.vault_k8s.options import Options
from webhook.migrate.vault_k8s.rewrite import Annotation
from webhook.migrate.vault_k8s.translation import translate

# nothing of them is decided by but that both dialects are on
SETTINGS = from_environ(
    {
        f"{PREFIX}VAULTS": "vault",
        f"{PREFIX}VAULT_VAULT_ADDRESS": "https://vault.invalid",
        f"{PREFIX}AGENT_IMAGE": "omamori-agent",
        f"{PREFIX}TLS_CERTIFICATE_FILE": "tls.crt",
        f"{PREFIX}TLS_KEY_FILE": "tls.key",
        f"{PREFIX}DIALECT_VAULTK8S": "true",
    }
)[0]
_OF_THE_SETTINGS = ("service", "auth-path", "auth-type", "tls-server-name", "namespace")


@dataclass(frozen=True, slots=True)
class Moved:
    """What is written in the place of each annotation, by its name, and what there is to say of it."""

    places: Mapping[str, tuple[Annotation, ...]]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stays:
    """Why the annotations stay as they are, each reason with what to do."""

    reasons: tuple[str, ...]


def annotations_of(pod: Mapping[str, Any]) -> dict[str, Any]:
    """Return the annotations of vault-k8s. Raises MalformedReview."""
    found = mapping_in(mapping_in(pod, "metadata"), "annotations")
    return {name: text for name, text in found.items() if name.startswith(f"{THEIRS}/")}


def move(pod: Mapping[str, Any], namespace: str, options: Options) -> Moved | Stays | None:
    """Decide on a Pod. None: it has no annotation of vault-k8s."""
    try:
        theirs = annotations_of(pod)
        return _move(pod, theirs, namespace, options) if theirs else None
    except Rejected as rejected:
        return Stays(tuple(f"{each}" for each in rejected.problems))
    except MalformedReview as error:
        return Stays((str(error),))


def _move(pod: Mapping[str, Any], theirs: Mapping[str, Any], namespace: str, options: Options) -> Moved | Stays:
    if theirs.get(SWITCH, "") in FALSE_WORDS:
        return Stays((f"asks for nothing without {SWITCH}: if it is a part of another manifest, move it by hand",))
    spec = parse_theirs(pod, namespace)
    if spec is None or not spec.asks:
        return Stays((f"{SWITCH}: no file is asked for, so that there is nothing to move",))
    if parse_ours(pod) is not None:
        return Stays((f"{SWITCH}: the Pod has annotations of {DOMAIN} as well, which is refused; take one kind away",))
    keys = _keys(spec, options)
    reasons = list(find_obstacles(spec, pod, options, keys))
    if reasons:
        return Stays(tuple(reasons))
    facts = read_facts(pod, namespace, SETTINGS.tool_containers, volumes=spec.read_volumes)
    containers = _containers(spec, facts)
    known = {name: text for name, text in theirs.items() if TABLE.find(name.removeprefix(f"{THEIRS}/")) is not None}
    vault = None if spec.login.address is None else options.vault_of(spec.login.address)
    found = translate(spec, known, keys, containers, vault)
    differing = tuple(_differences(pod, namespace, spec, new=found.annotations, keys=keys, containers=containers))
    if differing:
        return Stays(differing)
    return Moved(
        {name: tuple(lines) for name, lines in found.places.items()},
        tuple(_notes(spec, known, keys)),
    )


def _keys(spec: InjectionSpec, options: Options) -> dict[str, Key]:
    if options.keep_templates:
        return {}
    found: dict[str, Key] = {}
    for each in spec.templates:
        try:
            key = None if each.volume else single_key(each)
        except TemplateError:
            continue  # said by find_obstacles
        if key is not None:
            found[each.annotation] = key
    return found


def _containers(spec: InjectionSpec, facts: PodFacts) -> tuple[str, ...] | None:
    """Return the containers to be named. With agent-init-first the init containers get the files as well."""
    if not spec.serves_init_containers:
        return spec.containers
    init = tuple(each.name for each in facts.init_containers if not each.is_tool)
    if not init:
        return spec.containers
    return (*init, *(spec.containers or (each.name for each in facts.containers if not each.is_tool)))


def _differences(
    pod: Mapping[str, Any],
    namespace: str,
    spec: InjectionSpec,
    *,
    new: Mapping[str, str],
    keys: Mapping[str, Key],
    containers: tuple[str, ...] | None,
) -> Iterator[str]:
    """Say what the webhook would refuse, or understand in another way."""
    kept = {f"{THEIRS}/{each}" for each in _OF_THE_SETTINGS}
    old = {name: text for name, text in annotations_of(pod).items() if name not in kept}
    refused = _refused(pod, old, namespace)
    if refused:
        yield from (f"{each}; it is refused as it is" for each in refused)
        return
    for each in _refused(pod, {name: text for name, text in new.items() if name != f"{DOMAIN}/vault"}, namespace):
        ours = each.partition(":")[0]
        theirs = spec.annotation_of(ours.removeprefix(f"{DOMAIN}/")) if ours.startswith(f"{DOMAIN}/") else SWITCH
        yield f"{theirs}: what ours would say is refused: {each}"
    parsed = parse_ours({"metadata": {"annotations": new}})
    wanted = essence_of(spec, keys, containers)
    got = essence_of(parsed) if parsed else {}
    for what in wanted:
        if wanted[what] != got.get(what):
            yield f"{SWITCH}: omamori's own annotations would not say the same of: {what}"


def _refused(pod: Mapping[str, Any], annotations: Mapping[str, str], namespace: str) -> tuple[str, ...]:
    tried = {**pod, "metadata": {**mapping_in(pod, "metadata"), "annotations": annotations}}
    request = AdmissionRequest("migrate", namespace, "", "CREATE", "", is_dry_run=True, pod=tried)
    decision = decide(request, SETTINGS)
    return tuple(f"{each}" for each in decision.problems) if isinstance(decision, Denied) else ()


def _notes(spec: InjectionSpec, old: Mapping[str, str], keys: Mapping[str, Key]) -> Iterator[str]:
    """Say what is not quite the same, and what is taken out without anything in its place."""
    for each in spec.templates:
        if each.annotation in keys:
            yield (
                f"{each.annotation}: one key as a file, the same for every text, number and boolean; a list or a map "
                "is written as JSON, and null is an error (--keep-templates keeps the template)"
            )
        if each.missing_key == "default" and (each.annotation in keys or find_keys(each).takes):
            yield f"{each.annotation}: a missing key becomes an error; vault agent writes <no value> for it"
    for name in old:
        row = TABLE.find(name.removeprefix(f"{THEIRS}/"))
        assert row is not None
        if row[0].fate is not Fate.HONOURED:
            yield f"{name}: taken out: {row[0].words}"
    for name in ("auth-type", "tls-server-name"):
        if f"{THEIRS}/{name}" in old:
            yield f"{THEIRS}/{name}: taken out: the administrator's settings say it of each Vault"
