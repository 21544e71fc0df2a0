"""Parse what a Pod asks of vault-k8s, in the order in which vault-k8s decides.

1. Without `agent-inject`, or with one that is false, the Pod asks for nothing; one that is no boolean is refused.
2. A Pod that runs already, or has the containers of vault-k8s and says so, asks for nothing. The word alone does not
   count: a copied annotation would leave a Pod without its secrets.
3. In kube-system and kube-public, whoever asks is refused.
4. Each annotation is parsed by its row of the table; all problems are told at once. A role has to be named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vault.contract.shown import shown
from webhook.admission.annotations.bounds import Named, check_size, cost_bytes
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.annotations.values import AgentConfiguration, Position
from webhook.admission.annotations.vault_k8s.configuration import login_of, parse_configuration, parse_directories
from webhook.admission.annotations.vault_k8s.fields import (
    parse_container,
    parse_containers,
    parse_on_change,
    parse_patch_of,
    parse_resources,
    parse_sharing,
)
from webhook.admission.annotations.vault_k8s.files import parse_files, parse_tokens, warnings_of_files
from webhook.admission.annotations.vault_k8s.given import Given
from webhook.admission.annotations.vault_k8s.go_values import FALSE_WORDS, parse_bool
from webhook.admission.annotations.vault_k8s.login import parse_login, parse_role_of
from webhook.admission.annotations.vault_k8s.surroundings import (
    NOTHING,
    Surroundings,
    has_vault_agent,
    read_surroundings,
)
from webhook.admission.annotations.vault_k8s.table import DOMAIN
from webhook.admission.cache import Cache
from webhook.admission.problems import Problem, Rejected
from webhook.admission.rawjson import mapping_in, text_in
from webhook.admission.reasons import Reason

SWITCH = f"{DOMAIN}/agent-inject"

_STATUS = f"{DOMAIN}/agent-inject-status"
_PREFIX = f"{DOMAIN}/"
_INJECTED = "injected"
_NOT_STARTED = ("", "Pending")
_REFUSED_NAMESPACES = ("kube-system", "kube-public")
_REFRESH_SECONDS = 300
# the annotation that stands for one of ours
_RENAMED = tuple(
    (ours, f"{DOMAIN}/{theirs}")
    for ours, theirs in (
        ("vault", "service"),
        ("auth-kind", "auth-type"),
        ("tls-server-name", "tls-server-name"),
        ("containers", "agent-inject-containers"),
        ("on-change", "agent-inject-command-…"),
        ("refresh", "template-static-secret-render-interval"),
        ("run-as-user", "agent-run-as-user"),
        ("memory-limit", "agent-limits-mem"),
        ("dir", "secret-volume-path"),
        ("probe", "agent-json-patch"),
    )
)


def parse_annotations(pod: Mapping[str, Any], namespace: str, cache: Cache | None = None) -> InjectionSpec | None:
    """Parse what a Pod asks of vault-k8s. `namespace` is the request's.

    None: it asks for nothing. Raises Rejected with every problem, and MalformedReview.
    """
    annotations = mapping_in(mapping_in(pod, "metadata"), "annotations")
    switch = annotations.get(SWITCH, "")
    if switch in FALSE_WORDS:
        return None
    named = tuple((name, text) for name, text in annotations.items() if name.startswith(_PREFIX))
    wrong = [name for name, text in named if not isinstance(text, str)]
    if wrong:
        raise Rejected(Problem(Reason.ANNOTATION, shown(name), "is not a string; quote it") for name in wrong)
    _check_switch(switch)
    if text_in(mapping_in(pod, "status"), "phase") not in _NOT_STARTED:
        return None
    if annotations.get(_STATUS) == _INJECTED and has_vault_agent(pod):
        return None
    if namespace in _REFUSED_NAMESPACES:
        what = f"nothing is injected in the namespace {namespace}; remove the annotation"
        raise Rejected([Problem(Reason.NAMESPACE, SWITCH, what)])
    check_size(named, _words_of, "vault-k8s")
    around = read_surroundings(pod, dict(named))
    if cache is None:
        return _parse(named, around)
    return cache.get(("vault-k8s", named, around), lambda: _parse(named, around), lambda _: _cost_bytes(named, around))


def _check_switch(switch: str) -> None:
    try:
        parse_bool(switch)
    except ValueError as error:
        raise Rejected([Problem(Reason.ANNOTATION, SWITCH, str(error))]) from None


def _words_of(_annotation: str, _text: str) -> int:
    return 1  # no text is cut, but for the names of containers, of which only the Pod's own are kept


def _cost_bytes(named: Named, around: Surroundings) -> int:
    return cost_bytes(named, _words_of) + 2 * len(repr(around))


def _parse(named: Named, around: Surroundings) -> InjectionSpec:
    given = Given(named)
    fills_first = given.get("agent-pre-populate", default=True)
    only_first = given.get("agent-pre-populate-only", default=False)
    is_first = bool(fills_first and given.get("agent-init-first", default=False))
    patch = parse_patch_of(given, is_sidecar=not only_first)
    configuration = parse_configuration(given, around, is_sidecar=not only_first)
    asked = _asked_by_annotations(given, around) if configuration is None else _asked_in_the_pod(given, configuration)
    if only_first and not fills_first:
        asked |= {"templates": (), "tokens": (), "directories": ()}
    if not any(asked.get(each) for each in ("templates", "tokens", "directories")):
        given.warn(SWITCH, "no file is asked for, so nothing is injected")
    refresh = None if configuration else given.get("template-static-secret-render-interval")
    container = parse_container(
        given, around, asked.get("templates", ()), patch, asked["login"], has_configuration=configuration is not None
    )
    spec = InjectionSpec(
        annotations=named if around == NOTHING else (*named, ("", repr(around))),
        **asked,
        container=container,
        containers=parse_containers(given, around),
        mode="init" if only_first else "sidecar",
        on_change=None if configuration else parse_on_change(given, is_sidecar=not only_first),
        refresh_seconds=None if only_first else refresh or _REFRESH_SECONDS,
        position=Position("first" if is_first else "last"),
        serves_init_containers=is_first,
        shares_processes=parse_sharing(given, around) and fills_first,
        resources=parse_resources(given, patch),
        renamed=_RENAMED,
        warnings=(*given.warnings, *(() if configuration else warnings_of_files(given, around))),
    )
    given.problems.raise_if_any()
    return spec


def _asked_by_annotations(given: Given, around: Surroundings) -> dict[str, Any]:
    """Return the fields that say which files there are, and by which login."""
    return {
        "templates": parse_files(given, around),
        "tokens": parse_tokens(given),
        "role": parse_role_of(given),
        "login": parse_login(given, around),
    }


def _asked_in_the_pod(given: Given, configuration: AgentConfiguration) -> dict[str, Any]:
    """Return the same fields where an agent configuration says all that."""
    return {"configuration": configuration, "directories": parse_directories(given), "login": login_of(given)}
